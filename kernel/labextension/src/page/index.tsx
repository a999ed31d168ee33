/** The page of `jupyter livens serve`: puts the parts together. */

import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { followColors } from '../widget/theme';
import type { ITabs } from '../widget/tabs';
import { Api } from './api';
import { App } from './app';

const node = document.getElementById('livens')!;
node.className = 'lv-Widget lv-Page';
followColors(node);

const root = new URL(document.body.dataset.root ?? '/', location.href).href;
const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';

/** Load what draws tables, plots and values; a browser loads it once. */
async function importTabs(): Promise<ITabs> {
  const address = new URL('page/widget-tabs.js', root).href;
  const module = (await import(/* @vite-ignore */ address)) as { default: ITabs };
  return module.default;
}

createRoot(node).render(
  <App api={new Api(root)} nonce={nonce} importTabs={importTabs} />
);
