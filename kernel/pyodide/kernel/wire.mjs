/** Jupyter's messages as frames: signed, checked, and sent one after the other. */

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

const DELIMITER = '<IDS|MSG>';
const VERSION = '5.4';

/** Makes and reads the messages of one kernel, with the key of its connection file. */
export class Session {
  constructor(key, scheme = 'hmac-sha256') {
    if (!scheme.startsWith('hmac-')) {
      throw new Error(
        `The signature scheme '${scheme}' is not known; expected one as hmac-sha256`
      );
    }
    this._key = key;
    this._digest = scheme.slice('hmac-'.length);
    this._id = randomUUID();
    this._count = 0;
  }

  /** Return the frames of a message; `content` is its JSON. */
  pack(type, content, { parent = {}, metadata = '{}', idents = [], buffers = [] } = {}) {
    const header = {
      msg_id: `${this._id}_${this._count++}`,
      session: this._id,
      username: 'livens',
      date: new Date().toISOString(),
      msg_type: type,
      version: VERSION
    };
    const parts = [JSON.stringify(header), JSON.stringify(parent), metadata, content];
    return [...idents, DELIMITER, this._sign(parts), ...parts, ...buffers];
  }

  /** Return the message of some frames; throws if it is none, or is not signed with the key. */
  unpack(frames) {
    const start = frames.findIndex(frame => frame.toString('latin1') === DELIMITER);
    const [signature, ...parts] = frames.slice(start + 1, start + 6);
    if (start < 0 || parts.length < 4) {
      throw new Error('These frames are no message of Jupyter');
    }
    if (this._key) {
      const expected = Buffer.from(this._sign(parts), 'latin1');
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
        throw new Error('A message is not signed with the key of this kernel');
      }
    }
    const texts = parts.map(part => part.toString('utf8'));
    const [header, , , content] = texts.map(text => JSON.parse(text));
    if (!isName(header?.msg_type) || !isName(header.msg_id)) {
      throw new Error('A message has no msg_type or no msg_id');
    }
    return {
      idents: frames.slice(0, start),
      header,
      content,
      // Python reads them itself: not everything that JSON can say survives being written again.
      texts: { content: texts[3], metadata: texts[2] },
      buffers: frames.slice(start + 6)
    };
  }

  _sign(parts) {
    if (!this._key) {
      return '';
    }
    const hmac = createHmac(this._digest, this._key);
    parts.forEach(part => hmac.update(part));
    return hmac.digest('hex');
  }
}

/** Whether something can stand for a message in both threads. */
function isName(value) {
  return typeof value === 'string' && value.isWellFormed();
}

/** Sends on a socket one message after the other: a socket takes one at a time. */
export class Outbox {
  constructor(socket) {
    this._socket = socket;
    this._last = Promise.resolve();
  }

  /** Send frames after those before; resolves when the socket has them. */
  send(frames) {
    this._last = this._last
      .then(() => this._socket.send(frames))
      .catch(error => {
        process.stderr.write(`livens: a message could not be sent: ${error.message}\n`);
      });
    return this._last;
  }
}
