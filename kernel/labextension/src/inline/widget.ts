/**
 * Draws what a line shows, behind its text.
 *
 * It takes no room: it lies over the empty rest of the line, so that neither a line nor the cell
 * becomes wider or higher by it. Screen readers pass over it; a command reads it to who asks.
 */

import { WidgetType } from '@codemirror/view';
import { curveOf } from '../model/curve';
import { type IItem, type ILine, keyOfLine } from './line';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 44;
const HEIGHT = 12;

/** The values of one line. */
export class LineWidget extends WidgetType {
  constructor(private readonly _line: ILine) {
    super();
    this._key = keyOfLine(_line);
  }

  eq(other: LineWidget): boolean {
    return other._key === this._key;
  }

  toDOM(): HTMLElement {
    const node = document.createElement('span');
    node.setAttribute('aria-hidden', 'true');
    this.updateDOM(node);
    return node;
  }

  updateDOM(node: HTMLElement): boolean {
    const { items, more, ofCell, moreOfCell, isPast } = this._line;
    node.className = `lv-Inline${isPast ? ' lv-mod-past' : ''}`;
    node.replaceChildren(...items.map(drawItem), ...drawMore(more));
    if (ofCell.length > 0) {
      const group = element('span', 'lv-InlineCell', '');
      group.replaceChildren(...ofCell.map(drawItem), ...drawMore(moreOfCell));
      node.append(group);
    }
    return true;
  }

  private readonly _key: string;
}

function drawItem(item: IItem): HTMLElement {
  const node = element('span', `lv-InlineItem${item.isStale ? ' lv-mod-stale' : ''}`, '');
  const value = element('bdi', 'lv-InlineValue', item.text);
  node.append(element('bdi', 'lv-InlineName', item.name), ' = ', value);
  const curve = curveOf(item.numbers, WIDTH, HEIGHT);
  if (curve) {
    const svg = document.createElementNS(SVG, 'svg');
    set(svg, { class: 'lv-Sparkline', width: WIDTH, height: HEIGHT });
    const path = document.createElementNS(SVG, 'path');
    set(path, { d: curve.path });
    const end = document.createElementNS(SVG, 'circle');
    set(end, { cx: curve.end.x, cy: curve.end.y, r: 1.5 });
    svg.append(path, end);
    node.append(svg);
  }
  return node;
}

function drawMore(count: number): HTMLElement[] {
  return count > 0 ? [element('span', 'lv-InlineMore', `+${count}`)] : [];
}

function element(tag: string, className: string, text: string): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

function set(node: Element, attributes: Record<string, string | number>): void {
  Object.entries(attributes).forEach(([name, value]) =>
    node.setAttribute(name, String(value))
  );
}
