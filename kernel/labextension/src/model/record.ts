/** A record of a run (`.livens.jsonl`), as far as curves and the player need it. No DOM. */

import type { Point, UpdateParams, Variable } from '../protocol/messages';

/** The header of a record. */
export interface IHeader {
  type: 'header';
  format?: string;
  version?: number;
  notebook?: string;
}

/** What changed at one moment. */
export interface IChanges {
  type: 'changes';
  at: number;
  number?: number | null;
  changed?: Variable[];
  removed?: string[];
  unevaluated?: UpdateParams['unevaluated'];
  origins?: UpdateParams['origins'];
  points?: Record<string, Point[]>;
}

/** A line about a cell. */
export interface ICellLine {
  type: 'cell-started' | 'cell-ended';
  at: number;
  number: number;
  execution_count?: number | null;
  status?: string;
  source?: string;
}

/** How the run ended. */
export interface IFooter {
  type: 'footer';
  at?: number;
  status?: string;
}

export type Line = IChanges | ICellLine | IFooter | { type: string; at?: number };

/** A record. */
export interface IRecord {
  header: IHeader;
  lines: Line[];
  /** What could not be read; empty if all could. */
  problem: string;
}

const FORMAT = 'livens.record';
const VERSION = 1;

/**
 * Read a record. Of a run that was killed the last line may be cut off: then it is left out.
 *
 * @throws Error if the text is no record, or of a later version.
 */
export function readRecord(text: string): IRecord {
  const rows = text.split('\n').filter(row => row.trim() !== '');
  const header = parsed(rows[0] ?? '') as IHeader | null;
  if (header?.format !== FORMAT) {
    throw new Error('This is no record of livens: it does not begin with a header');
  }
  if ((header.version ?? 1) > VERSION) {
    throw new Error(
      `The record is of version ${header.version}; this program reads version ${VERSION}`
    );
  }
  const lines: Line[] = [];
  let problem = '';
  rows.slice(1).forEach((row, n) => {
    const line = parsed(row);
    if (line && typeof (line as Line).type === 'string') {
      lines.push(line as Line);
    } else {
      problem = `Line ${n + 2} cannot be read`;
    }
  });
  return { header, lines, problem };
}

function parsed(row: string): object | null {
  try {
    const found: unknown = JSON.parse(row);
    return typeof found === 'object' ? found : null;
  } catch {
    return null;
  }
}

/** Whether a line says what changed. */
export function isChanges(line: Line): line is IChanges {
  return line.type === 'changes';
}

/** Return the points of a variable in a record, the oldest first. */
export function pointsOf({ lines }: IRecord, name: string): Point[] {
  return lines.flatMap(line => (isChanges(line) ? (line.points?.[name] ?? []) : []));
}

/** Return the variables whose points are numbers. */
export function curvesIn({ lines }: IRecord): string[] {
  const names = new Set<string>();
  for (const line of lines.filter(isChanges)) {
    for (const [name, points] of Object.entries(line.points ?? {})) {
      if (points.some(([, value]) => typeof value === 'number')) {
        names.add(name);
      }
    }
  }
  return [...names].sort();
}
