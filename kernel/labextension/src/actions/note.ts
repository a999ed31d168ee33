/** What is told, and what a person may do about it. */
export interface INote {
  text: string;
  kind: 'info' | 'warning' | 'error';
  /** When it goes away by itself; never without it. */
  stays_ms?: number;
  /** A button. */
  action?: { label: string; run: () => void };
}
