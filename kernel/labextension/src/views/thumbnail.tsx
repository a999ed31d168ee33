/** A small picture of a value that is an image in memory; none of its code runs for it. */

import * as React from 'react';
import { useEffect, useRef, useState } from 'react';
import { CommandIDs } from '../actions/commands';
import type { VariablesModel } from '../model/model';
import type { Variable } from '../protocol/messages';
import { useView } from './context';

const MAX_PX = 160;
const REST_MS = 1000;

/** The picture, which opens the value; nothing where there is none. */
export function Thumbnail(props: {
  model: VariablesModel;
  variable: Variable;
}): JSX.Element | null {
  const { model, variable } = props;
  const { trans, actions } = useView();
  const [image, setImage] = useState({ key: '', source: '' });
  const askedAt = useRef(0);
  const key = JSON.stringify(variable.path);
  const root = model.variables.get(String(variable.path[0]?.[1]));
  const stamp = `${key}/${model.connection}/${root?.version}/${root?.changed_at}`;
  const isOffered = variable.forms?.[0] === 'image' && model.offers('value', 2);
  const canAsk = isOffered && model.isConnected;
  useEffect(() => {
    if (!canAsk) {
      return;
    }
    const abort = new AbortController();
    const ask = async () => {
      askedAt.current = Date.now();
      const { path } = variable;
      const how = { mime: 'image/png' as const, passive: true, max_px: MAX_PX };
      try {
        const { signal } = abort;
        const { mime, data } = await model.request('value', { path, ...how }, { signal });
        setImage({ key, source: `data:${mime};base64,${data}` });
      } catch {
        setImage({ key, source: '' }); // it is no image, or is none without its code
      }
    };
    const rest_ms = Math.max(0, askedAt.current + REST_MS - Date.now());
    const timer = window.setTimeout(() => void ask(), rest_ms);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [canAsk, stamp]);
  if (!isOffered || image.key !== key || !image.source) {
    return null;
  }
  const label = trans.__('Open the image of %1', variable.name);
  return (
    <button
      className="lv-Thumbnail"
      title={label}
      onClick={() => actions.run(CommandIDs.openValue)}
    >
      <img src={image.source} alt={label} />
    </button>
  );
}
