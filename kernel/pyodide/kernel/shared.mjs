/** What the two threads have in common: signals, and the places of the shared counters. */

/** Written into the shared byte: Pyodide has Python raise that signal. */
export const SIGINT = 2;
export const SIGUSR1 = 10;

/** How many requests have been passed on to their turn. */
export const TAKEN = 0;

/** How many bytes Python has published that the sockets do not have yet. */
export const SENT = 1;

/** Changes when there is input for code that waits for it. */
export const INPUT = 2;
