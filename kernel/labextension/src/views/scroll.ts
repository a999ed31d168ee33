/**
 * Where the list is scrolled to. Where somebody looks stays in place: when rows come and go above,
 * the first row in sight keeps its height on the screen.
 */

import type * as React from 'react';
import { useLayoutEffect, useRef } from 'react';
import type { VariablesModel } from '../model/model';
import type { Row } from '../model/rows';

export const ROW_PX = 24;
export const HEAD_PX = 24;

/** How large the list is, inside. */
export interface ISize {
  height: number;
  width: number;
}

/** Keep a state that is the size of an element. */
export function useSize(
  element: React.RefObject<HTMLElement>,
  setSize: (size: ISize) => void
): void {
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) {
      return;
    }
    const measure = () => setSize({ height: node.clientHeight, width: node.clientWidth });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => observer.disconnect();
  }, [element, setSize]);
}

/** Keep the first row in sight where it is when rows come and go above it. */
export function useAnchor(
  grid: React.RefObject<HTMLElement>,
  model: VariablesModel,
  rows: Row[],
  setScrollTop: (scrollTop: number) => void
): void {
  const before = useRef<{ model: VariablesModel; rows: Row[] }>({ model, rows });
  useLayoutEffect(() => {
    const node = grid.current;
    const last = before.current;
    before.current = { model, rows };
    if (!node) {
      return;
    }
    if (last.model !== model) {
      node.scrollTop = model.scrollTop;
      setScrollTop(node.scrollTop);
    } else if (last.rows !== rows && node.scrollTop > 0) {
      const index = Math.floor(node.scrollTop / ROW_PX);
      const key = last.rows[index]?.key;
      const moved = rows.findIndex(row => row.key === key);
      if (moved >= 0 && moved !== index) {
        node.scrollTop += (moved - index) * ROW_PX;
        setScrollTop(node.scrollTop);
      }
    }
  }, [grid, model, rows, setScrollTop]);
  useLayoutEffect(() => {
    if (grid.current) {
      grid.current.scrollTop = model.scrollTop;
    }
  }, []);
}

/** Scroll so that a row is in sight, below the head. */
export function scrollTo(grid: HTMLElement | null, index: number): void {
  if (!grid) {
    return;
  }
  const top = index * ROW_PX;
  const room = grid.clientHeight - HEAD_PX - ROW_PX;
  if (top < grid.scrollTop) {
    grid.scrollTop = top;
  } else if (top > grid.scrollTop + room) {
    grid.scrollTop = top - room;
  }
}
