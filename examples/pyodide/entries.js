// What a REPL has printed, as text: drawn at most once a frame, however much of it comes.

const MOST_CHARACTERS = 100_000;

/** The entries of one REPL. */
export class Entries {
  constructor(node) {
    this._node = node;
  }

  /** Add a text. What is printed without a break becomes one block. */
  add(kind, text) {
    const last = this._waiting.at(-1);
    const isPrinted = kind === 'stdout' || kind === 'stderr';
    if (last && last.kind === kind && isPrinted) {
      last.text = (last.text + text).slice(-MOST_CHARACTERS);
    } else {
      this._waiting.push({ kind, text });
    }
    if (this._waiting.length === 1) {
      requestAnimationFrame(() => this._draw());
    }
  }

  _draw() {
    for (const { kind, text } of this._waiting.splice(0)) {
      const last = this._node.lastElementChild;
      if (last?.className === kind && (kind === 'stdout' || kind === 'stderr')) {
        last.textContent = (last.textContent + text).slice(-MOST_CHARACTERS);
      } else {
        const block = document.createElement('pre');
        block.className = kind;
        block.textContent = text;
        this._node.append(block);
      }
    }
    while (this._node.childElementCount > 200) {
      this._node.firstElementChild.remove();
    }
    this._node.scrollTop = this._node.scrollHeight;
  }

  _waiting = [];
}
