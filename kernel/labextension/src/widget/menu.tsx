/** A menu: arrows move, Enter chooses, Escape and looking elsewhere close it. */

import * as React from 'react';
import { useEffect, useRef } from 'react';

/** One line of a menu; null is a line between groups. */
export interface IItem {
  label: string;
  isChecked?: boolean;
  run: () => void;
}

/** Where a menu opens, within the widget. */
export interface IMenuState {
  x: number;
  y: number;
  label: string;
  items: (IItem | null)[];
}

/** Draw a menu; the first item has the focus. */
export function Menu(props: { menu: IMenuState; onClose: () => void }): JSX.Element {
  const { menu, onClose } = props;
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    itemsOf(node.current)[0]?.focus();
    return () => before?.focus();
  }, []);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const items = itemsOf(node.current);
    const at = items.indexOf(event.target as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[
      event.key
    ];
    if (next !== undefined) {
      items[(next + items.length) % items.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      onClose();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={node}
      className="lv-Menu"
      role="menu"
      aria-label={menu.label}
      style={{ left: menu.x, top: menu.y }}
      onKeyDown={onKeyDown}
      onBlur={event => {
        if (!node.current?.contains(event.relatedTarget)) {
          onClose();
        }
      }}
    >
      {menu.items.map((item, i) =>
        item === null ? (
          <div key={i} role="separator" />
        ) : (
          <button
            key={i}
            role={item.isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={item.isChecked}
            tabIndex={-1}
            onClick={() => {
              onClose();
              item.run();
            }}
          >
            <span className="lv-Check" aria-hidden="true">
              {item.isChecked ? '✓' : ''}
            </span>
            {item.label}
          </button>
        )
      )}
    </div>
  );
}

function itemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('button') ?? [])];
}
