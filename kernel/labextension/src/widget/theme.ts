/**
 * The colours, where the page has none of JupyterLab's: those of `widget.css`, dark where the page
 * is dark. The page is asked for what stands behind the widget.
 */

/**
 * Give an element what it needs to be seen, if the page does not, as soon as it is in a page, and
 * anew when the page's theme changes.
 *
 * A host may hand an element over before it is in any page: nothing is known of it then. What a
 * theme changes is an attribute of the page's root or body, or the preference of the system.
 *
 * @returns what ends that.
 */
export function followColors(element: HTMLElement): () => void {
  const dress = () => {
    if (element.isConnected) {
      addColors(element);
    }
  };
  const laidOut = new ResizeObserver(dress);
  laidOut.observe(element);
  const dressed = new MutationObserver(dress);
  for (const node of [document.documentElement, document.body]) {
    dressed.observe(node, { attributes: true });
  }
  const preference = matchMedia('(prefers-color-scheme: dark)');
  preference.addEventListener('change', dress);
  dress();
  return () => {
    laidOut.disconnect();
    dressed.disconnect();
    preference.removeEventListener('change', dress);
  };
}

function addColors(element: HTMLElement): void {
  const css = getComputedStyle(parentOf(element) ?? element);
  const isPlain = css.getPropertyValue('--jp-layout-color1').trim() === '';
  element.classList.toggle('lv-mod-plain', isPlain);
  element.classList.toggle('lv-mod-dark', isPlain && isDark(element));
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
