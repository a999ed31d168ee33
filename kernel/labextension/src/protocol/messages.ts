/**
 * The messages of livens.variables, version 1. Generated from the JSON Schema that ships with the
 * kernel (`make protocol`); what they mean is in docs/protocol.md.
 */

export type ClientMessage =
  | {
      method: 'subscribe';
      params?: Subscription;
      id?: number | string | null;
    }
  | {
      method: 'refresh';
      params?: NoParams;
      id?: number | string | null;
    }
  | {
      method: 'list';
      params?: ListParams;
      id?: number | string | null;
    }
  | {
      method: 'inspect';
      params?: InspectParams;
      id?: number | string | null;
    }
  | {
      method: 'table';
      params?: TableParams;
      id?: number | string | null;
    }
  | {
      method: 'statistics';
      params?: StatisticsParams;
      id?: number | string | null;
    }
  | {
      method: 'table.code';
      params?: TableCodeParams;
      id?: number | string | null;
    }
  | {
      method: 'value';
      params?: ValueParams;
      id?: number | string | null;
    }
  | {
      method: 'cancel';
      params?: CancelParams;
      id?: number | string | null;
    }
  | {
      method: 'history';
      params?: HistoryParams;
      id?: number | string | null;
    }
  | {
      method: 'digest';
      params?: DigestParams;
      id?: number | string | null;
    }
  | {
      method: 'environment';
      params?: NoParams;
      id?: number | string | null;
    }
  | {
      method: 'memory';
      params?: MemoryParams;
      id?: number | string | null;
    }
  | {
      method: 'set';
      params?: SetParams;
      id?: number | string | null;
    }
  | {
      method: 'rename';
      params?: RenameParams;
      id?: number | string | null;
    }
  | {
      method: 'delete';
      params?: DeleteParams;
      id?: number | string | null;
    }
  | {
      method: 'undo';
      params?: UndoParams;
      id?: number | string | null;
    }
  | {
      method: 'rule.add';
      params?: RuleAddParams;
      id?: number | string | null;
    }
  | {
      method: 'rule.check';
      params?: RuleCheckParams;
      id?: number | string | null;
    }
  | {
      method: 'rule.remove';
      params?: RuleRemoveParams;
      id?: number | string | null;
    }
  | {
      method: 'rule.list';
      params?: NoParams;
      id?: number | string | null;
    }
  | {
      method: 'state.list';
      params?: StateListParams;
      id?: number | string | null;
    }
  | {
      method: 'state.keep';
      params?: StateKeepParams;
      id?: number | string | null;
    }
  | {
      method: 'state.save';
      params?: StateSaveParams;
      id?: number | string | null;
    }
  | {
      method: 'state.restore';
      params?: StateRestoreParams;
      id?: number | string | null;
    }
  | {
      method: 'state.back';
      params?: StateBackParams;
      id?: number | string | null;
    }
  | {
      method: 'state.diff';
      params?: StateDiffParams;
      id?: number | string | null;
    }
  | {
      method: 'state.forget';
      params?: StateForgetParams;
      id?: number | string | null;
    }
  | {
      method: 'sharing.list';
      params?: NoParams;
      id?: number | string | null;
    };
/**
 * What a variable held at one moment; travels as a list of these fields.
 *
 * @minItems 1
 * @maxItems 5
 */
export type Point =
  | [number]
  | [number, boolean | number | number | string | null]
  | [number, boolean | number | number | string | null, number | null]
  | [number, boolean | number | number | string | null, number | null, number[] | null]
  | [
      number,
      boolean | number | number | string | null,
      number | null,
      number[] | null,
      number | null
    ];
export type KernelMessage = Refresh | Update | Event | Progress | Result | Failure;

export interface Protocol {
  CancelDone?: CancelDone;
  CancelParams?: CancelParams;
  Cell?: Cell;
  ClientMessage?: ClientMessage;
  Column?: Column;
  ColumnDigest?: ColumnDigest;
  Comparison?: Comparison;
  DeleteParams?: DeleteParams;
  Deleted?: Deleted;
  Digest?: Digest;
  DigestParams?: DigestParams;
  Digests?: Digests;
  Environment?: Environment;
  ErrorData?: ErrorData;
  ErrorInfo?: ErrorInfo;
  Event?: Event;
  EventParams?: EventParams;
  Failure?: Failure;
  Filter?: Filter;
  Frame?: Frame;
  HeldMemory?: HeldMemory;
  Histogram?: Histogram;
  History?: History;
  HistoryParams?: HistoryParams;
  InspectParams?: InspectParams;
  Inspection?: Inspection;
  KernelMessage?: KernelMessage;
  ListParams?: ListParams;
  Memory?: Memory;
  MemoryParams?: MemoryParams;
  NoParams?: NoParams;
  Origin?: Origin;
  Point?: Point;
  Process?: Process;
  Progress?: Progress;
  ProgressParams?: ProgressParams;
  Quantile?: Quantile;
  Refresh?: Refresh;
  RefreshParams?: RefreshParams;
  RenameParams?: RenameParams;
  Renamed?: Renamed;
  Request?: Request;
  Result?: Result;
  Rule?: Rule;
  RuleAddParams?: RuleAddParams;
  RuleAdded?: RuleAdded;
  RuleCheckParams?: RuleCheckParams;
  RuleChecked?: RuleChecked;
  RuleRemoveParams?: RuleRemoveParams;
  RuleRemoved?: RuleRemoved;
  RuleState?: RuleState1;
  Rules?: Rules;
  SetDone?: SetDone;
  SetParams?: SetParams;
  SharedNames?: SharedNames;
  SharedVariable?: SharedVariable;
  Slice?: Slice;
  SortKey?: SortKey;
  StateBackParams?: StateBackParams;
  StateCell?: StateCell;
  StateDiffParams?: StateDiffParams;
  StateDifference?: StateDifference;
  StateDone?: StateDone;
  StateForgetParams?: StateForgetParams;
  StateKeepParams?: StateKeepParams;
  StateList?: StateList;
  StateListParams?: StateListParams;
  StateName?: StateName;
  StateRestoreParams?: StateRestoreParams;
  StateSaveParams?: StateSaveParams;
  StateSession?: StateSession;
  Statistics?: Statistics;
  StatisticsParams?: StatisticsParams;
  Subscribed?: Subscribed;
  Subscription?: Subscription;
  Table?: Table;
  TableCode?: TableCode;
  TableCodeParams?: TableCodeParams;
  TableParams?: TableParams;
  TopValue?: TopValue;
  UndoParams?: UndoParams;
  Undone?: Undone;
  Unevaluated?: Unevaluated;
  Update?: Update;
  UpdateParams?: UpdateParams;
  ValueParams?: ValueParams;
  ValueText?: ValueText;
  Variable?: Variable;
  VariableList?: VariableList;
}
/**
 * The result of ``cancel``.
 */
export interface CancelDone {
  id: number | string;
  cancelled: boolean;
}
/**
 * The params of ``cancel``: end the work on a long request of this client.
 */
export interface CancelParams {
  id: number | string;
}
/**
 * The cell that an update belongs to.
 */
export interface Cell {
  msg_id: string;
  running: boolean;
  execution_count?: number | null;
  cell_id?: null | string;
  line?: number | null;
}
/**
 * What a client wants to be told. The params of ``subscribe`` and of ``comm_open``.
 */
export interface Subscription {
  names?: string[];
  kinds?:
    | (
        | 'array'
        | 'bool'
        | 'bytes'
        | 'class'
        | 'function'
        | 'lazy'
        | 'mapping'
        | 'module'
        | 'none'
        | 'number'
        | 'object'
        | 'other'
        | 'sequence'
        | 'set'
        | 'table'
        | 'tensor'
        | 'text'
      )[]
    | null;
  interval_ms?: number;
  depth?: number;
  max_bytes?: number;
  history?: number;
  frames?: 'all' | 'none' | 'top';
  digests?: boolean;
  client?: string;
  sharing?: boolean;
}
/**
 * The params of ``refresh``, ``environment``, ``rule.list`` and ``sharing.list``: none.
 */
export interface NoParams {}
/**
 * The params of ``list``: one page of the variables of the subscription, in order of name.
 */
export interface ListParams {
  start?: number;
  limit?: number;
}
/**
 * The params of ``inspect``: one page of what is below a value.
 */
export interface InspectParams {
  path: unknown[][];
  start?: number;
  limit?: number;
  all?: boolean;
}
/**
 * The params of ``table``: a piece of a frame, a series, or an array.
 */
export interface TableParams {
  path: unknown[][];
  start?: number;
  limit?: number;
  columns?: number[] | null;
  sort?: SortKey[];
  filters?: Filter[];
  as_text?: boolean;
  summary?: boolean;
  bins?: number;
  sample?: boolean;
  progress?: boolean;
  timeout_ms?: number;
  slice?: Slice | null;
  levels?: boolean;
  max_chars?: number;
  find?: string;
}
/**
 * By which column to sort, and which way.
 */
export interface SortKey {
  column: number;
  descending?: boolean;
}
/**
 * Which rows to keep.
 */
export interface Filter {
  column: number;
  op:
    | '!='
    | '<'
    | '<='
    | '=='
    | '>'
    | '>='
    | 'between'
    | 'contains'
    | 'in'
    | 'is null'
    | 'not null';
  value?: boolean | number | null | string;
  values?: (boolean | number | string | null)[];
  alternatives?: Comparison[];
}
/**
 * A test of the values of one column.
 */
export interface Comparison {
  column: number;
  op:
    | '!='
    | '<'
    | '<='
    | '=='
    | '>'
    | '>='
    | 'between'
    | 'contains'
    | 'in'
    | 'is null'
    | 'not null';
  value?: boolean | number | null | string;
  values?: (boolean | number | string | null)[];
}
/**
 * Which rows and columns of an array of more than two dimensions make a table.
 */
export interface Slice {
  rows: number;
  columns: number;
  at: number[];
}
/**
 * The params of ``statistics``: what can be told of one column, or of all values of an array.
 */
export interface StatisticsParams {
  path: unknown[][];
  column?: number | null;
  slice?: Slice | null;
  filters?: Filter[];
  bins?: number;
  top?: number;
  sample?: boolean;
  timeout_ms?: number;
}
/**
 * The params of ``table.code``: code that sorts and filters a table of pandas in the same way.
 */
export interface TableCodeParams {
  path: unknown[][];
  expression: string;
  sort?: SortKey[];
  filters?: Filter[];
}
/**
 * The params of ``value``: the value's own text. The one request that runs user code.
 */
export interface ValueParams {
  path: unknown[][];
  mime?: 'best' | 'image/png' | 'lines' | 'text/html' | 'text/plain' | 'text/x-ai-repr';
  timeout_ms?: number;
  max_chars?: number;
  max_px?: number;
  passive?: boolean;
}
/**
 * The params of ``history``: the newest points of a variable, the oldest of them first.
 */
export interface HistoryParams {
  name: string;
  since?: number;
  limit?: number;
}
/**
 * The params of ``digest``: what two runs can compare these variables by.
 */
export interface DigestParams {
  names: string[];
  cell?: string;
  timeout_ms?: number;
}
/**
 * The params of ``memory``: which variables hold most memory.
 */
export interface MemoryParams {
  limit?: number;
  timeout_ms?: number;
}
/**
 * The params of ``set``: bind a name to the value of a Python expression, or set what is below.
 */
export interface SetParams {
  name: string;
  expression: string;
  when_busy?: 'queue' | 'refuse';
  path?: unknown[][] | null;
  keep_s?: number;
}
/**
 * The params of ``rename``: bind another name to the same object, and delete the old one.
 */
export interface RenameParams {
  name: string;
  to: string;
  when_busy?: 'queue' | 'refuse';
  keep_s?: number;
}
/**
 * The params of ``delete``: remove names, all of them or none.
 */
export interface DeleteParams {
  names: string[];
  when_busy?: 'queue' | 'refuse';
  keep_s?: number;
}
/**
 * The params of ``undo``: take back a ``set``, ``delete`` or ``rename`` of this client.
 */
export interface UndoParams {
  id: string;
  forget?: boolean;
  when_busy?: 'queue' | 'refuse';
}
/**
 * The params of ``rule.add``: what to do when a condition becomes true.
 */
export interface RuleAddParams {
  condition: string;
  action?: 'notify' | 'stop';
}
/**
 * The params of ``rule.check``: work a condition out now, once.
 */
export interface RuleCheckParams {
  condition: string;
  timeout_ms?: number;
}
/**
 * The params of ``rule.remove``.
 */
export interface RuleRemoveParams {
  id: string;
}
/**
 * The params of ``state.list``.
 */
export interface StateListParams {
  session?: number | null;
  limit?: number;
}
/**
 * The params of ``state.keep``: cells are kept from now on, or not any more.
 */
export interface StateKeepParams {
  on: boolean;
}
/**
 * The params of ``state.save``.
 */
export interface StateSaveParams {
  tag?: string;
}
/**
 * The params of ``state.restore``: what an earlier session kept is set.
 */
export interface StateRestoreParams {
  names?: string[];
  session?: number | null;
  cell?: number | null;
  overwrite?: boolean;
}
/**
 * The params of ``state.back``: the namespace becomes what it was before a cell.
 */
export interface StateBackParams {
  cell?: number | null;
  after?: boolean;
}
/**
 * The params of ``state.diff``: what differs between two states.
 */
export interface StateDiffParams {
  cell?: number | null;
  other?: number | null;
}
/**
 * The params of ``state.forget``: what was kept is removed from the archive.
 */
export interface StateForgetParams {
  names?: string[];
  all?: boolean;
}
/**
 * One column of a table.
 */
export interface Column {
  position: number;
  label: string;
  dtype: string;
  kind: 'bool' | 'number' | 'other' | 'text' | 'time';
  nulls?: number | null;
  min?: boolean | number | null | string;
  max?: boolean | number | null | string;
  mean?: null | number;
  histogram?: Histogram | null;
  sampled?: number | null;
  levels?: string[];
}
/**
 * How the finite values of a column are spread.
 */
export interface Histogram {
  edges: number[];
  counts: number[];
}
/**
 * What two runs can compare a column of a table or an array by.
 */
export interface ColumnDigest {
  label: string;
  dtype: string;
  hash?: string;
  nulls?: number | null;
  min?: boolean | number | null | string;
  max?: boolean | number | null | string;
  mean?: null | number;
}
/**
 * The result of ``delete``.
 */
export interface Deleted {
  names: string[];
  undo?: string;
}
/**
 * What two runs can compare a value by: a hash of its content, and figures of its columns.
 */
export interface Digest {
  name: string;
  hash?: string;
  gap?: string;
  sampled?: number | null;
  columns?: ColumnDigest[];
  more?: number;
}
/**
 * The result of ``digest``: one for each of the names that is a variable.
 */
export interface Digests {
  digests: Digest[];
}
/**
 * The result of ``environment``: where the user's code runs.
 */
export interface Environment {
  python: string;
  platform: string;
  packages?: {
    [k: string]: string;
  };
  peak_memory_bytes?: number | null;
}
/**
 * What would have been right, and what to do next.
 */
export interface ErrorData {
  expected?: string;
  remedy?: string;
}
/**
 * Why a request failed; the codes are in `livens.exceptions`.
 */
export interface ErrorInfo {
  code: number;
  message: string;
  data?: ErrorData;
}
/**
 * The notification ``event``.
 */
export interface Event {
  method: 'event';
  params: EventParams;
}
/**
 * Something that a person may want to know of.
 */
export interface EventParams {
  epoch: string;
  seq: number;
  kind: 'rule' | 'set-aside' | 'sharing';
  name: string;
  message: string;
  rule?: Rule | null;
  origin?: Origin | null;
  times?: number;
}
/**
 * A condition on variables, and what happens when it becomes true.
 */
export interface Rule {
  id: string;
  condition: string;
  action?: 'call' | 'notify' | 'stop';
  client?: string;
  reason?: string;
  sampled?: string;
}
/**
 * Where a change was made, as far as it is known.
 */
export interface Origin {
  execution_count?: number | null;
  cell_id?: null | string;
  line?: number | null;
  client?: string;
  store?: string;
}
/**
 * The answer to a request that failed. ``id`` is null when the request had none to read.
 */
export interface Failure {
  id: number | null | string;
  error: ErrorInfo;
}
/**
 * A function that is running.
 */
export interface Frame {
  function: string;
  file: string;
  line: number;
  thread?: string;
  execution_count?: number | null;
  variables?: Variable[];
  truncated?: boolean;
}
/**
 * A description of one value: bounded, and made without running the user's code.
 */
export interface Variable {
  name: string;
  path: unknown[][];
  kind:
    | 'array'
    | 'bool'
    | 'bytes'
    | 'class'
    | 'function'
    | 'lazy'
    | 'mapping'
    | 'module'
    | 'none'
    | 'number'
    | 'object'
    | 'other'
    | 'sequence'
    | 'set'
    | 'table'
    | 'tensor'
    | 'text';
  type: string;
  module?: string;
  preview?: string;
  length?: number | null;
  shape?: number[] | null;
  dtype?: null | string;
  nbytes?: number | null;
  device?: null | string;
  has_children?: boolean;
  truncated?: boolean;
  status?: 'current' | 'skipped' | 'stale';
  reason?: string;
  changed_at?: null | number;
  changed_by?: Origin | null;
  version?: number;
  change?: string;
  forms?: ('html' | 'image' | 'table')[];
}
/**
 * How much one variable holds.
 */
export interface HeldMemory {
  name: string;
  type: string;
  nbytes: number;
  is_all?: boolean;
  same_as?: string[];
}
/**
 * The result of ``history``.
 */
export interface History {
  name: string;
  points: Point[];
  total: number;
}
/**
 * The result of ``inspect``: the value itself, and one page of its children.
 */
export interface Inspection {
  variable: Variable;
  children: Variable[];
  start: number;
  total: number;
}
/**
 * The notification ``refresh``.
 */
export interface Refresh {
  method: 'refresh';
  params: RefreshParams;
}
/**
 * The whole state, in one message or several.
 */
export interface RefreshParams {
  protocol: number;
  epoch: string;
  seq: number;
  variables: Variable[];
  start: number;
  length: number;
  mode?: 'full' | 'lite';
  capabilities?: {
    [k: string]: number;
  };
  process?: Process | null;
}
/**
 * Which process says it; of several that do the same work, its rank.
 */
export interface Process {
  host?: string;
  pid?: number;
  rank?: number | null;
  world?: number | null;
}
/**
 * The notification ``update``.
 */
export interface Update {
  method: 'update';
  params: UpdateParams;
}
/**
 * What changed since the last message.
 */
export interface UpdateParams {
  epoch: string;
  seq: number;
  changed?: Variable[];
  removed?: string[];
  unevaluated?: Unevaluated[];
  cell?: Cell | null;
  origins?: {
    [k: string]: Origin;
  };
  points?: {
    [k: string]: Point[];
  };
  frames?: Frame[] | null;
  digests?: Digest[];
}
/**
 * A variable that the executed code touched and that was too costly to compare.
 */
export interface Unevaluated {
  name: string;
  reason: string;
}
/**
 * The notification ``progress``. It has no ``seq``: no state depends on it.
 */
export interface Progress {
  method: 'progress';
  params: ProgressParams;
}
/**
 * How far the work on a request is, for a client that asked to be told.
 */
export interface ProgressParams {
  id: number | string;
  doing: 'filtering' | 'sorting' | 'summing up';
  done: number;
}
/**
 * The answer to a request that went well; `RESULTS` has the type of ``result``.
 */
export interface Result {
  id: number | string;
  result: {};
}
/**
 * The result of ``memory``.
 */
export interface Memory {
  variables: HeldMemory[];
  total: number;
  unmeasured?: number;
  process_bytes?: number | null;
  peak_bytes?: number | null;
}
/**
 * A value that a part of the values is not above.
 */
export interface Quantile {
  part: number;
  value: boolean | number | null | string;
}
/**
 * The result of ``rename``.
 */
export interface Renamed {
  variable: Variable;
  undo?: string;
}
/**
 * A call from a client. Without an ``id`` it is carried out and not answered.
 */
export interface Request {
  method: string;
  params?: {};
  id?: number | null | string;
}
/**
 * The result of ``rule.add``.
 */
export interface RuleAdded {
  rule: Rule;
  notes: string[];
  state?: RuleState;
}
/**
 * What a rule has done so far, and what its condition is now.
 */
export interface RuleState {
  times?: number;
  fired_at?: null | number;
  fired_by?: Origin | null;
  holds?: boolean;
  reason?: string;
}
/**
 * The result of ``rule.check``.
 */
export interface RuleChecked {
  is_true: boolean;
  message: string;
  reason?: string;
  sampled?: string;
}
/**
 * The result of ``rule.remove``.
 */
export interface RuleRemoved {
  id: string;
}
/**
 * What a rule has done so far, and what its condition is now.
 */
export interface RuleState1 {
  times?: number;
  fired_at?: null | number;
  fired_by?: Origin | null;
  holds?: boolean;
  reason?: string;
}
/**
 * The result of ``rule.list``: the rules of all clients.
 */
export interface Rules {
  rules: Rule[];
  states?: {
    [k: string]: RuleState1;
  };
}
/**
 * The result of ``set``.
 */
export interface SetDone {
  variable: Variable;
  undo?: string;
}
/**
 * The result of ``sharing.list``.
 */
export interface SharedNames {
  variables?: SharedVariable[];
}
/**
 * How one variable is shared. Who wrote it last is in its ``changed_by``.
 */
export interface SharedVariable {
  name: string;
  store: string;
  policy: string;
  reason?: string;
  away?: string;
  is_unwritten?: boolean;
  is_waiting?: boolean;
}
/**
 * What a cell changed.
 */
export interface StateCell {
  commit: number;
  kind: 'back' | 'between' | 'cell' | 'during' | 'restore';
  at: number;
  cell?: number | null;
  cell_id?: null | string;
  tag?: string;
  code?: string;
  changed?: string[];
  removed?: string[];
  not_kept?: string[];
}
/**
 * The result of ``state.diff``.
 */
export interface StateDifference {
  added?: string[];
  changed?: string[];
  removed?: string[];
  unknown?: {
    [k: string]: string;
  };
}
/**
 * The result of the other methods ``state.…``.
 */
export interface StateDone {
  names?: StateName[];
  notes?: string[];
}
/**
 * What has become of a name.
 */
export interface StateName {
  name: string;
  outcome: 'kept' | 'not kept' | 'not restored' | 'removed' | 'restored' | 'unchanged';
  reason?: string;
  cell?: number | null;
  nbytes?: number;
  is_pending?: boolean;
}
/**
 * The result of ``state.list``: what is kept, and where.
 */
export interface StateList {
  is_on: boolean;
  file: string;
  nbytes?: number;
  session?: number | null;
  failure?: string;
  failed_at?: null | number;
  names?: StateName[];
  cells?: StateCell[];
  earlier?: StateSession[];
}
/**
 * What one kernel process has kept.
 */
export interface StateSession {
  session: number;
  name: string;
  notebook: string;
  python: string;
  started_at: number;
  last_at?: null | number;
  is_running?: boolean;
  cells?: number;
}
/**
 * The result of ``statistics``. What makes no sense for the values is absent.
 */
export interface Statistics {
  rows: number;
  nulls: number;
  sampled?: number | null;
  unique?: number | null;
  min?: boolean | number | null | string;
  max?: boolean | number | null | string;
  mean?: null | number | string;
  std?: null | number | string;
  quantiles?: Quantile[];
  top?: TopValue[];
  histogram?: Histogram | null;
  edges?: string[];
  zeros?: number | null;
  negatives?: number | null;
  infinities?: number | null;
  shortest?: number | null;
  longest?: number | null;
  mean_length?: null | number;
  reason?: string;
}
/**
 * One of the most frequent values.
 */
export interface TopValue {
  value: boolean | number | null | string;
  count: number;
}
/**
 * The result of ``subscribe`` and ``refresh``; the state itself comes as `Refresh`.
 */
export interface Subscribed {
  protocol: number;
  epoch: string;
  seq: number;
  subscription: Subscription;
}
/**
 * The result of ``table``.
 */
export interface Table {
  columns: Column[];
  index: string[];
  rows: (boolean | number | string | null)[][];
  start: number;
  total: number;
  shape: number[];
  sampled?: number | null;
  missing?: number[][];
  index_names?: string[];
  levels?: string[][];
  positions?: number[];
  found?: number[];
}
/**
 * The result of ``table.code``.
 */
export interface TableCode {
  code: string;
}
/**
 * The result of ``undo``.
 */
export interface Undone {
  names: string[];
}
/**
 * The result of ``value``.
 */
export interface ValueText {
  mime: string;
  data: string;
  truncated: boolean;
  forms?: string[];
  size?: number[];
}
/**
 * The result of ``list``.
 */
export interface VariableList {
  variables: Variable[];
  start: number;
  total: number;
}
