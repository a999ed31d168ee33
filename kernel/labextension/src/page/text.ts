/** Text of a terminal, as a page shows it. */

/** So much of one output is shown: what is before that is dropped, and the page says so. */
export const MOST_CHARACTERS = 200_000;

/** Text with what has been dropped of it. */
export interface IText {
  text: string;
  /** Whether its beginning has been dropped. */
  isCut: boolean;
}

// Colours and movements of the cursor; links and titles of the window.
// eslint-disable-next-line no-control-regex
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Append to text what came after it: colours are dropped, and `\r` begins the line anew. */
export function append(before: IText, more: string): IText {
  const raw = before.text + more.replace(ESCAPES, '').replace(/\r\n/g, '\n');
  const text = raw.includes('\r') ? raw.split('\n').map(withoutReturns).join('\n') : raw;
  if (text.length <= MOST_CHARACTERS) {
    return { text, isCut: before.isCut };
  }
  const from = text.length - MOST_CHARACTERS;
  const lineStart = text.indexOf('\n', from) + 1;
  return { text: text.slice(lineStart || from), isCut: true };
}

/** What is left of a line after each `\r` had the next text written over it. */
function withoutReturns(line: string): string {
  const parts = line.split('\r');
  // The last `\r` waits for what is to come: until then the line is still to be read.
  const isPending = parts.at(-1) === '' && parts.length > 1;
  const written = (isPending ? parts.slice(0, -1) : parts).reduce(
    (shown, part) => part + shown.slice(part.length)
  );
  return isPending ? `${written}\r` : written;
}

/** Number of characters, as Python counts them, before a place in a text. */
export function toCharacters(text: string, at: number): number {
  return [...text.slice(0, at)].length;
}

/** Place in a text after so many characters, as Python counts them. */
export function fromCharacters(text: string, count: number): number {
  return [...text].slice(0, count).join('').length;
}
