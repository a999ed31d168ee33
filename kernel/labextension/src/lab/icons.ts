/** The icon of the panel: a curve that passes through what has a value. */

import { LabIcon } from '@jupyterlab/ui-components';

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 4h2v16H3zM7 18h14v2H7z"/>
    <path d="M6.6 15.7 5.4 14.1l4.4-3.3 3.6 2.4 5.6-6.7 1.5 1.3-6.7 8-3.9-2.6z"/>
    <circle cx="20" cy="6.4" r="2.2"/>
  </g>
</svg>`;

export const variablesIcon = new LabIcon({ name: 'livens:variables', svgstr: svg });
