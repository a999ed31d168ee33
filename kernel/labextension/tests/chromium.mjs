// How all browser tests start Chromium: Debian's, or the one that LIVENS_CHROMIUM names.

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
];

/** No other host is there: what asks for one fails. */
export const NO_OTHER_HOST = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

/** The options of Playwright, with more arguments. */
export function launchOptions(...more) {
  return {
    executablePath: process.env.LIVENS_CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGS, ...more]
  };
}
