/**
 * HTML of a value, in a frame that can run no script and reach no page, in the theme of the panel.
 */

import { themeOf } from './colors';

/** Nothing is fetched: pictures are in the HTML, or are left out. */
const POLICY =
  "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'";

/** Return a frame that shows HTML; *element* is in the page and has the theme. */
export function htmlFrame(
  html: string,
  title: string,
  element: HTMLElement
): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', '');
  // Chromium begins to fetch what it sees in the text before it has read the policy in it.
  frame.setAttribute('csp', POLICY);
  frame.title = title;
  frame.srcdoc = themed(html, element);
  return frame;
}

/** Return a page around HTML, with the colours and fonts that an element has. */
export function themed(html: string, element: HTMLElement): string {
  const read = themeOf(element);
  const back = read('--jp-layout-color1') || '#fff';
  const text = read('--jp-content-font-color1') || read('--jp-ui-font-color1') || '#000';
  const line = read('--jp-border-color2') || '#ddd';
  const stripe = read('--jp-rendermime-table-row-background') || 'transparent';
  const scheme = isDark(back) ? 'dark' : 'light';
  const style = `
    :root { color-scheme: ${scheme}; }
    body { margin: 8px; background: ${back}; color: ${text};
      font: 13px ${read('--jp-content-font-family') || 'sans-serif'}; }
    a { color: ${read('--jp-content-link-color') || 'inherit'}; }
    pre, code { font-family: ${read('--jp-code-font-family') || 'monospace'}; }
    table { border-collapse: collapse; border: 0; font-size: 12px; }
    th, td { padding: 4px 8px; border: 0; text-align: right; vertical-align: top; }
    thead { border-bottom: 1px solid ${line}; }
    tbody tr:nth-child(odd) { background: ${stripe}; }`;
  return (
    `<!doctype html><html><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
    // Where the policy of the page around allows no style here, this alone holds.
    `<meta name="color-scheme" content="${scheme}">` +
    `<style>${style}</style></head>` +
    `<body>${html}</body></html>`
  );
}

/** Whether a colour is dark, as the page computes it. */
function isDark(color: string): boolean {
  const canvas = document.createElement('canvas').getContext('2d');
  if (!canvas) {
    return false;
  }
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red = 255, green = 255, blue = 255] = canvas.getImageData(0, 0, 1, 1).data;
  return red * 0.3 + green * 0.59 + blue * 0.11 < 128;
}
