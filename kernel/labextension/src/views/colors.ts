/**
 * The colours of the page for what is drawn on a canvas, which no style sheet reaches.
 *
 * Themes change in many ways: JupyterLab loads another style sheet, other hosts set a class, the
 * system becomes dark. All of them change the colour of an element, and the browser tells when it
 * begins to change if it is to change slowly.
 */

/** Reads the colours, and any other properties, that an element has from its theme. */
export function themeOf(element: HTMLElement): (name: string) => string {
  const css = getComputedStyle(element);
  return name => css.getPropertyValue(name).trim();
}

/** Call back when the theme of an element changes, as long as the element is seen. */
export function onThemeChange(element: HTMLElement, callback: () => void): void {
  const probe = document.createElement('span');
  probe.className = 'lv-ThemeProbe';
  probe.setAttribute('aria-hidden', 'true');
  // The new colours are there at once, and several of them change together.
  let isDue = false;
  probe.addEventListener('transitionrun', () => {
    if (!isDue) {
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        callback();
      });
    }
  });
  element.append(probe);
}
