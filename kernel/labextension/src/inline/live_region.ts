/** Says something to screen readers, when somebody asked for it. */

/** A place in the page whose text is read when it changes, after what is being read. */
export class LiveRegion {
  say(text: string): void {
    const node = this._node ?? this._make();
    node.textContent = '';
    // What was said before is said again only if it comes after something else.
    setTimeout(() => (node.textContent = text), SILENCE_MS);
  }

  private _make(): HTMLElement {
    const node = document.createElement('div');
    node.className = 'lv-InlineSpoken';
    node.setAttribute('role', 'status');
    node.setAttribute('aria-live', 'polite');
    document.body.append(node);
    this._node = node;
    return node;
  }

  private _node: HTMLElement | null = null;
}

const SILENCE_MS = 50;
