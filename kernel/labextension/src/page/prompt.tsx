/** Who is to be let in gives the token here. */

import * as React from 'react';
import { useState } from 'react';
import { type Api, HttpError } from './api';
import { messageOf } from './session';

/** Ask for the token; it goes to the server, which remembers it in a cookie that no script reads. */
export function TokenPrompt(props: { api: Api; onDone: () => void }): JSX.Element {
  const { api, onDone } = props;
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  const login = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await api.login(token.trim());
      onDone();
    } catch (error) {
      const isRefused = error instanceof HttpError && error.isRefusal;
      setTrouble(isRefused ? 'The server does not know this token.' : messageOf(error));
      setBusy(false);
    }
  };
  const next = encodeURIComponent(location.pathname + location.search);
  return (
    <main className="lv-Start">
      <h1>livens</h1>
      <form onSubmit={event => void login(event)}>
        <p>
          This server asks for a token. <code>jupyter livens serve</code> printed it when
          it began.
        </p>
        <label>
          Token
          <input
            type="password"
            autoComplete="off"
            autoFocus
            value={token}
            onChange={event => setToken(event.target.value)}
          />
        </label>
        <button
          className="lv-Button lv-mod-accept"
          disabled={isBusy || token.trim() === ''}
        >
          Log in
        </button>
        <p role="alert" className="lv-Trouble">
          {trouble}
        </p>
        <p className="lv-Small">
          <a href={`${document.body.dataset.login}?next=${next}`}>Other ways to log in</a>
        </p>
      </form>
    </main>
  );
}
