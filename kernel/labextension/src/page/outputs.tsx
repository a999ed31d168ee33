/** What came of an execution. What is not plain text is drawn where it can do no harm. */

import * as React from 'react';
import { useEffect, useRef, useState } from 'react';
import type { Output } from './transcript';

/** Draw one output. */
export const OutputView = React.memo(function OutputView(props: { output: Output }) {
  const { output } = props;
  if ('content' in output) {
    const { text, isCut } = output.content;
    return (
      <div className={`lv-Output lv-mod-${output.kind}`}>
        {output.kind === 'stderr' ? <span className="lv-Kind">stderr</span> : null}
        {isCut ? <p className="lv-Cut">What came before is not shown any more.</p> : null}
        <pre>{text.replace(/\r$/, '')}</pre>
      </div>
    );
  }
  return (
    <div className={`lv-Output lv-mod-${output.kind}`}>
      <Bundle data={output.data} />
    </div>
  );
});

const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Draw the richest form that the page knows. */
function Bundle({ data }: { data: Readonly<Record<string, unknown>> }): JSX.Element {
  const textOf = (type: string): string | null => {
    const value = data[type];
    return Array.isArray(value)
      ? value.join('')
      : typeof value === 'string'
        ? value
        : null;
  };
  const plain = textOf('text/plain') ?? '';
  const html = textOf('text/html');
  if (html !== null) {
    return <HtmlFrame html={html} />;
  }
  const svg = textOf('image/svg+xml');
  if (svg !== null) {
    // In an image, neither its scripts run nor does it load anything.
    return <Image source={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={plain} />;
  }
  const image = IMAGES.find(type => textOf(type) !== null);
  if (image !== undefined) {
    const source = `data:${image};base64,${textOf(image)!.replace(/\s/g, '')}`;
    return <Image source={source} alt={plain} />;
  }
  const json = data['application/json'];
  const markdown = textOf('text/markdown') ?? textOf('text/latex');
  const shown = json !== undefined ? JSON.stringify(json, null, 2) : (markdown ?? plain);
  return (
    <pre>{shown || `(no form of ${Object.keys(data).join(', ')} can be shown)`}</pre>
  );
}

function Image({ source, alt }: { source: string; alt: string }): JSX.Element {
  return <img src={source} alt={alt || 'Image'} />;
}

const TALLEST_PX = 20_000;
const LOW_PX = 24;

/** A document whose height follows that of its frame would grow for ever. */
const MOST_HEIGHTS = 100;

/** Draw HTML in a document that has an origin of its own, and no way to the server or beyond. */
function HtmlFrame({ html }: { html: string }): JSX.Element {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(LOW_PX);
  const heights = useRef(0);
  useEffect(() => {
    const onMessage = ({ source, data }: MessageEvent) => {
      const target = frame.current?.contentWindow;
      if (!target || source !== target || typeof data !== 'object' || data === null) {
        return;
      }
      if ('livensReady' in data) {
        const isDark = document.querySelector('.lv-Page.lv-mod-dark') !== null;
        target.postMessage({ html, isDark }, '*'); // an origin of its own has no name
      } else if (
        typeof data.livensHeight === 'number' &&
        ++heights.current <= MOST_HEIGHTS
      ) {
        const asked = Math.ceil(data.livensHeight) + 2;
        setHeight(Math.max(LOW_PX, Math.min(TALLEST_PX, asked || LOW_PX)));
      }
    };
    window.addEventListener('message', onMessage);
    return () => window.removeEventListener('message', onMessage);
  }, [html]);
  return (
    <iframe
      key={html}
      ref={frame}
      className="lv-Html"
      title="HTML output"
      sandbox="allow-scripts"
      src={new URL('page/frame', rootOf()).href}
      height={height}
    />
  );
}

function rootOf(): string {
  return new URL(document.body.dataset.root ?? '/', location.href).href;
}
