/** The icons of JupyterLab that the views draw; the build of the widget puts them in its place. */

import * as React from 'react';

interface IIconProps {
  tag?: 'span' | 'div';
  className?: string;
  width?: string;
  height?: string;
  'aria-hidden'?: 'true';
}

function icon(path: string): { react: (props: IIconProps) => JSX.Element } {
  return {
    react: ({ tag: Tag = 'span', className, width = '16px', height = '16px' }) => (
      <Tag className={className} aria-hidden="true">
        <svg
          width={width}
          height={height}
          viewBox="0 0 24 24"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
        >
          <path d={path} />
        </svg>
      </Tag>
    )
  };
}

export const searchIcon = icon('M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM14.5 14.5L20 20');
export const filterIcon = icon('M4 7h16M7 12h10M10 17h4');
export const bellIcon = icon(
  'M6 17V11a6 6 0 0 1 12 0v6zM4 17h16M10 20a2 2 0 0 0 4 0M12 3v2'
);
export const closeIcon = icon('M6 6L18 18M18 6L6 18');
