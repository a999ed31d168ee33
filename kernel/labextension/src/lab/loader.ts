/**
 * Loads livens into a kernel that has it not, as `%load_ext livens` in a cell would, but without a
 * cell: silently, so that no number is used up and nothing comes into the history.
 *
 * It is code like any other: it waits for what runs and for what is queued already. When a cell in
 * that queue fails, the kernel drops the rest of it, and this has to be asked for again.
 */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { Failure, IPython, Loading } from '../model/loading';

const LOAD = '%load_ext livens';

/** Writes what the Python of a kernel is; it leaves no name behind. */
const DESCRIBE =
  "__import__('builtins').print(__import__('json').dumps([" +
  "__import__('sys').executable, list(__import__('sys').version_info[:2]), " +
  "__import__('importlib.util').util.find_spec('pip') is not None, " +
  "__import__('os').name == 'nt']))";

const TIMES = 20;

/** A kernel that has nothing else to do begins in this time. */
const BEGIN_MS = 300;

interface IAnswer {
  content: KernelMessage.IExecuteReplyMsg['content'];
  /** What it wrote. */
  text: string;
}

/** Load livens into a kernel, and say how far that is; return whether it was loaded. */
export async function load(
  kernel: Kernel.IKernelConnection,
  loading: Loading
): Promise<{ isLoaded: boolean; text: string }> {
  // After an answer on control a busy kernel may pass for an idle one: what counts is that it begins.
  loading.state = { phase: kernel.status === 'busy' ? 'waiting' : 'loading' };
  const timer = setTimeout(() => (loading.state = { phase: 'waiting' }), BEGIN_MS);
  const begins = () => {
    clearTimeout(timer);
    loading.state = { phase: 'loading' };
  };
  try {
    const { content, text } = await runSilently(kernel, LOAD, begins);
    if (content.status === 'ok') {
      return { isLoaded: true, text };
    }
    const failure = await failureOf(kernel, content);
    loading.state = { phase: 'failed', failure };
  } catch {
    loading.state = { phase: 'none' }; // the kernel has gone, or begins anew
  } finally {
    clearTimeout(timer);
  }
  return { isLoaded: false, text: '' };
}

/** Run code without a cell, and again where the kernel has dropped it. */
async function runSilently(
  kernel: Kernel.IKernelConnection,
  code: string,
  begins?: () => void
): Promise<IAnswer> {
  for (let times = 1; ; times++) {
    let text = '';
    const future = kernel.requestExecute({
      code,
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false
    });
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === 'stream') {
        text += (content as KernelMessage.IStreamMsg['content']).text;
      } else if ((content as { execution_state?: string }).execution_state === 'busy') {
        begins?.();
      }
    };
    const { content } = await future.done;
    if ((content.status as string) !== 'aborted' || times === TIMES) {
      return { content, text };
    }
  }
}

async function failureOf(
  kernel: Kernel.IKernelConnection,
  content: KernelMessage.IExecuteReplyMsg['content']
): Promise<Failure> {
  const { ename = '', evalue = '' } =
    content as Partial<KernelMessage.IReplyErrorContent>;
  if (ename === 'ModuleNotFoundError' && /\blivens'?$/.test(evalue)) {
    return { why: 'missing', python: await pythonOf(kernel) };
  }
  if (ename === 'SyntaxError' && !evalue.includes('.py')) {
    return { why: 'no-ipython' };
  }
  return { why: 'error', text: [ename, evalue].filter(Boolean).join(': ') };
}

/** What the Python of a kernel is; null where it does not say so. */
async function pythonOf(kernel: Kernel.IKernelConnection): Promise<IPython | null> {
  const { text } = await runSilently(kernel, DESCRIBE);
  try {
    const [executable, version, hasPip, isWindows] = JSON.parse(text) as [
      string,
      number[],
      boolean,
      boolean
    ];
    return { executable, version, hasPip, isWindows };
  } catch {
    return null;
  }
}
