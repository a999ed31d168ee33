/** The icon of the panel: a name in brackets, as variables are drawn elsewhere. */

import { LabIcon } from '@jupyterlab/ui-components';

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M2 3h6v2.2H4.4v13.6H8V21H2zM22 3h-6v2.2h3.6v13.6H16V21h6z"/>
    <path d="M7.6 7.6h2.8l1.6 2.6 1.6-2.6h2.8L13.4 12l3 4.4h-2.8L12 13.8l-1.6 2.6H7.6l3-4.4z"/>
  </g>
</svg>`;

export const variablesIcon = new LabIcon({ name: 'livens:variables', svgstr: svg });
