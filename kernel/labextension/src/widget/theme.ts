/**
 * The colours, where the page has none of JupyterLab's: those of `widget.css`, dark where the page
 * is dark. The page is asked for what stands behind the widget.
 */

/** Give an element what it needs to be seen, if the page does not. */
export function addColors(element: HTMLElement): void {
  const css = getComputedStyle(element);
  if (css.getPropertyValue('--jp-layout-color1').trim() === '') {
    element.classList.add('lv-mod-plain');
    element.classList.toggle('lv-mod-dark', isDark(element));
  }
}

function isDark(element: HTMLElement): boolean {
  for (let node: Element | null = element.parentElement; node; node = parentOf(node)) {
    const brightness = brightnessOf(getComputedStyle(node).backgroundColor);
    if (brightness !== null) {
      return brightness < 0.5;
    }
  }
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

function parentOf(node: Element): Element | null {
  const root = node.getRootNode();
  return node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/** How bright a colour is, from 0 to 1; null for one that can be seen through. */
export function brightnessOf(color: string): number | null {
  const [red, green, blue, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  if (red === undefined || green === undefined || blue === undefined || alpha < 0.5) {
    return null;
  }
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}
