/** The player as people see it: a badge, play and pause, the speed, a slider; the variables below. */

import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Widget } from '@lumino/widgets';
import { readRecord } from '../model/record';
import { useSignal } from '../views/hooks';
import tabs from '../widget/tabs';
import { WidgetView } from '../widget/view';
import { Player, SPEEDS } from './watch';

let players = 0;

/** Draws the player of a record, or why there is none. */
export class PlayerWidget extends Widget {
  constructor(text: string, trans: TranslationBundle, openReport: () => Promise<void>) {
    super();
    this.addClass('lv-Player');
    this._root = createRoot(this.node);
    const id = `lv-player-${++players}`;
    try {
      const player = new Player(readRecord(text), () => Promise.resolve(tabs));
      this._player = player;
      this._root.render(
        <PlayerView player={player} id={id} trans={trans} openReport={openReport} />
      );
    } catch (error) {
      this._root.render(
        <p className="lv-Notice" role="alert">
          {(error as Error).message}
        </p>
      );
    }
  }

  /** What plays the record; null where it could not be read. */
  get player(): Player | null {
    return this._player;
  }

  dispose(): void {
    this._player?.dispose();
    this._root.unmount();
    super.dispose();
  }

  private _player: Player | null = null;
  private readonly _root: ReturnType<typeof createRoot>;
}

function PlayerView(props: {
  player: Player;
  id: string;
  trans: TranslationBundle;
  openReport: () => Promise<void>;
}): JSX.Element {
  const { player, id, trans } = props;
  // JupyterLab would open its own menu as well, which takes the focus from ours.
  const stop = (event: React.SyntheticEvent) => event.stopPropagation();
  return (
    <>
      <Controls player={player} trans={trans} openReport={props.openReport} />
      <div style={{ display: 'contents' }} onContextMenu={stop}>
        <WidgetView watch={player} id={id} />
      </div>
    </>
  );
}

function Controls(props: {
  player: Player;
  trans: TranslationBundle;
  openReport: () => Promise<void>;
}): JSX.Element {
  const { player, trans, openReport } = props;
  useSignal(player.changed);
  const [problem, setProblem] = useState('');
  useEffect(() => () => player.pause(), [player]);
  const { playback, isPlaying, record } = player;
  const slider = useRef<HTMLInputElement>(null);
  const length = Math.max(0, playback.end - playback.begin);
  const place = Math.max(0, playback.at - playback.begin);
  // React would put the slider back to what it has drawn, before it has drawn what was chosen.
  useEffect(() => {
    slider.current!.value = String(place);
  });
  const cell = playback.cell === null ? '' : trans.__('cell %1', playback.cell);
  return (
    <div
      className="lv-PlayerBar"
      role="group"
      aria-label={trans.__('Replay of a record')}
    >
      <span className="lv-Badge">{trans.__('REPLAY')}</span>
      <strong>{record.header.notebook ?? ''}</strong>
      <button
        className="lv-Button"
        onClick={() => (isPlaying ? player.pause() : player.play())}
      >
        {isPlaying ? trans.__('❚❚ Pause') : trans.__('▶ Play')}
      </button>
      <input
        type="range"
        min={0}
        max={length}
        step={Math.max(length / 1000, 0.001)}
        ref={slider}
        defaultValue={0}
        aria-label={trans.__('Moment of the run, in seconds')}
        aria-valuetext={trans.__('%1 of %2', seconds(place), seconds(length))}
        onInput={event => player.seek(Number(event.currentTarget.value))}
      />
      <span className="lv-PlayerPlace">
        {trans.__('%1 of %2', seconds(place), seconds(length))}
      </span>
      <span>{cell}</span>
      <select
        className="lv-Select"
        aria-label={trans.__('Speed')}
        value={player.speed}
        onChange={event => player.setSpeed(Number(event.target.value))}
      >
        {SPEEDS.map(speed => (
          <option key={speed} value={speed}>
            {`${speed}×`}
          </option>
        ))}
      </select>
      <button
        className="lv-Button"
        onClick={() => {
          setProblem('');
          openReport().catch((error: Error) => setProblem(error.message));
        }}
      >
        {trans.__('Report')}
      </button>
      <span role="status">
        {problem ||
          record.problem ||
          (playback.isOver ? trans.__('run: %1', playback.status) : '')}
      </span>
    </div>
  );
}

function seconds(number: number): string {
  return number < 100 ? `${number.toFixed(1)} s` : `${Math.round(number)} s`;
}
