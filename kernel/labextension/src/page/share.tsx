/** The link to a session. It holds the token only if that is asked for. */

import * as React from 'react';
import { useState } from 'react';
import { addressOf } from './address';
import type { Api } from './api';
import { Dialog } from './dialog';
import { messageOf } from './session';

/** Show the link. */
export function ShareDialog(props: {
  api: Api;
  id: string;
  onClose: () => void;
}): JSX.Element {
  const { api, id, onClose } = props;
  const [isWanted, setIsWanted] = useState(false);
  const [token, setToken] = useState('');
  const [said, setSaid] = useState('');
  const link = addressOf(location.href, id, isWanted ? token : '');
  const toggle = async (isChecked: boolean) => {
    setSaid('');
    setIsWanted(isChecked);
    if (!isChecked) {
      return;
    }
    try {
      const found = (await api.user(true)).token ?? '';
      setToken(found);
      setSaid(
        found === '' ? 'This server has no token: who may come in is set elsewhere.' : ''
      );
    } catch (error) {
      setSaid(messageOf(error));
    }
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setSaid('Copied.');
    } catch {
      setSaid('This page may not write to the clipboard: copy the link by hand.');
    }
  };
  return (
    <Dialog title={`Share ${id}`} onClose={onClose}>
      <label>
        Link
        <input
          type="text"
          readOnly
          value={link}
          onFocus={event => event.target.select()}
        />
      </label>
      <label className="lv-Choice">
        <input
          type="checkbox"
          checked={isWanted}
          onChange={event => void toggle(event.target.checked)}
        />{' '}
        With the token: whoever has the link can run any code on this server
      </label>
      <button className="lv-Button lv-mod-accept" onClick={() => void copy()}>
        Copy
      </button>
      <p role="status">{said}</p>
    </Dialog>
  );
}
