/** A dialog in front of the page: Escape closes it, and the focus goes back to where it was. */

import * as React from 'react';
import { useEffect, useId, useRef } from 'react';

/** Draw a dialog. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: React.ReactNode;
}): JSX.Element {
  const { title, onClose, children } = props;
  const node = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = node.current!;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first], input')?.focus();
    return () => {
      dialog.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={node}
      className="lv-Dialog"
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
      <button className="lv-Button lv-DialogClose" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
