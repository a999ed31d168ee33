/** Reads the settings, and tells when they change. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';
import type { ViewOptions } from '../model/options';
import type { IWatchOptions } from './watch';

/** The settings of the panel. */
export class Settings {
  /** What is asked of the kernels. */
  watch: IWatchOptions = { interval_ms: 50, withPrivate: false, withFrames: true };

  /** Emitted when what is asked of the kernels has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read the settings now and when they change, and write what is changed in the panel back to them. */
  connect(settings: ISettingRegistry.ISettings, options: ViewOptions): void {
    this._settings = settings;
    const read = () => {
      const composite = settings.composite as unknown as ISettingValues;
      this.watch = {
        interval_ms: composite.interval_ms,
        withPrivate: composite.showPrivate,
        withFrames: composite.showFrames
      };
      const { hiddenKinds, hiddenPatterns } = composite;
      options.update({ hiddenKinds, hiddenPatterns });
      this._changed.emit();
    };
    settings.changed.connect(read);
    read();
    options.changed.connect((_, { hiddenKinds }) => {
      if (hiddenKinds.join() !== (settings.composite.hiddenKinds as string[]).join()) {
        void settings.set('hiddenKinds', [...hiddenKinds]);
      }
    });
  }

  /** Show names that begin with an underscore, or do not any more. */
  togglePrivate(): void {
    const withPrivate = !this.watch.withPrivate;
    this.watch = { ...this.watch, withPrivate };
    void this._settings?.set('showPrivate', withPrivate);
    this._changed.emit();
  }

  private _settings: ISettingRegistry.ISettings | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

interface ISettingValues {
  interval_ms: number;
  showPrivate: boolean;
  showFrames: boolean;
  hiddenKinds: string[];
  hiddenPatterns: string[];
}

/** Read the settings when they come; until then the defaults hold. */
export function readSettings(
  registry: ISettingRegistry | null,
  id: string,
  options: ViewOptions
): Settings {
  const settings = new Settings();
  registry
    ?.load(id)
    .then(loaded => settings.connect(loaded, options))
    .catch(error => console.error(`The settings of ${id} cannot be read`, error));
  return settings;
}
