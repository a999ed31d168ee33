/** Reads the settings, and tells when they change. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';
import type { ViewOptions } from '../model/options';
import type { IWatchOptions } from './subscription';

/** The settings of the panel. */
export class Settings {
  constructor(private readonly _options: ViewOptions) {}

  /** What is asked of the kernels. */
  watch: IWatchOptions = {
    interval_ms: 50,
    withPrivate: false,
    withFrames: true,
    isReadOnly: false
  };

  /** Emitted when what is asked of the kernels has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read the settings now and when they change, and write what is changed in the panel back to them. */
  connect(settings: ISettingRegistry.ISettings): void {
    const options = this._options;
    this._settings = settings;
    const read = () => {
      const composite = settings.composite as unknown as ISettingValues;
      this.watch = {
        interval_ms: composite.interval_ms,
        withPrivate: composite.showPrivate,
        withFrames: composite.showFrames,
        isReadOnly: composite.readOnly
      };
      const { hiddenKinds, hiddenPatterns, readOnly } = composite;
      options.update({ hiddenKinds, hiddenPatterns, isReadOnly: readOnly });
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

  /** Have nothing be changed from the panel, or let it be changed again. */
  toggleReadOnly(): void {
    const isReadOnly = !this.watch.isReadOnly;
    this.watch = { ...this.watch, isReadOnly };
    this._options.update({ isReadOnly });
    void this._settings?.set('readOnly', isReadOnly);
    this._changed.emit();
  }

  private _settings: ISettingRegistry.ISettings | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

interface ISettingValues {
  interval_ms: number;
  showPrivate: boolean;
  showFrames: boolean;
  readOnly: boolean;
  hiddenKinds: string[];
  hiddenPatterns: string[];
}

/** Read the settings when they come; until then the defaults hold. */
export function readSettings(
  registry: ISettingRegistry | null,
  id: string,
  options: ViewOptions
): Settings {
  const settings = new Settings(options);
  registry
    ?.load(id)
    .then(loaded => settings.connect(loaded))
    .catch(error => console.error(`The settings of ${id} cannot be read`, error));
  return settings;
}
