/** A table, a plot or a value, in front of the list. */

import * as React from 'react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useView } from '../views/context';
import type { Attach } from './tabs';

/** What is shown. */
export interface ISheet {
  title: string;
  /** Missing while what draws it is being loaded. */
  attach?: Attach;
}

/** Show it, with a way back. */
export function Sheet(props: { sheet: ISheet; onClose: () => void }): JSX.Element {
  const { trans } = useView();
  const { sheet, onClose } = props;
  const host = useRef<HTMLDivElement>(null);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => back.current?.focus(), []);
  // Lumino takes its widgets away itself, while the element is still there.
  useLayoutEffect(
    () => (host.current ? sheet.attach?.(host.current) : undefined),
    [sheet]
  );
  return (
    <section
      className="lv-Sheet"
      aria-label={sheet.title}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onClose();
        }
      }}
    >
      <div className="lv-SheetHead">
        <button ref={back} className="lv-Button" onClick={onClose}>
          {trans.__('Back to the list')}
        </button>
        <strong>{sheet.title}</strong>
      </div>
      <div className="lv-SheetBody" ref={host} aria-busy={!sheet.attach} />
    </section>
  );
}
