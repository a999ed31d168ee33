/** What happened while nobody was connected, above the list, until it is read. */

import * as React from 'react';
import { formatAge, formatCount } from '../model/format';
import type { ICourse } from '../model/away';
import type { VariablesModel } from '../model/model';
import { useView } from './context';
import { Sparkline } from './sparkline';

const MOST_NAMES = 6;
const CURVE_POINTS = 60;

/** Tell what happened meanwhile; nothing where there is nothing to tell. */
export function WhileAway({ model }: { model: VariablesModel }): JSX.Element | null {
  const { trans } = useView();
  const { absence } = model.away;
  if (!absence) {
    return null;
  }
  const { seconds, cells, running, changed, removed, courses } = absence;
  const numbers = new Set(courses.map(({ name }) => name));
  const others = changed.map(({ name }) => name).filter(name => !numbers.has(name));
  const inCells = cells.map(count => `In [${count}]`).join(', ');
  return (
    <section className="lv-Away" aria-label={trans.__('While you were away')}>
      <div className="lv-AwayHead">
        <strong>{trans.__('While you were away (%1)', formatAge(seconds))}</strong>
        <button className="lv-Button" onClick={() => model.away.dismiss()}>
          {trans.__('Close')}
        </button>
      </div>
      <p role="status">
        {trans._n('%1 variable changed', '%1 variables changed', changed.length)}
        {inCells ? trans.__(' by %1', inCells) : ''}
        {running ? trans.__('; In [%1] is running', running.execution_count ?? '*') : ''}
      </p>
      <ul>
        {courses.map(course => (
          <Course key={course.name} course={course} />
        ))}
        {others.length > 0 ? (
          <li>{trans.__('also changed: %1', listed(others))}</li>
        ) : null}
        {removed.length > 0 ? <li>{trans.__('gone: %1', listed(removed))}</li> : null}
      </ul>
    </section>
  );
}

function Course({ course }: { course: ICourse }): JSX.Element {
  const { trans } = useView();
  const { name, points, count } = course;
  const first = String(points[0]?.[1] ?? '');
  const last = String(points[points.length - 1]?.[1] ?? '');
  const step = Math.max(1, Math.ceil(points.length / CURVE_POINTS));
  const some = points.filter((_, n) => n % step === 0 || n === points.length - 1);
  return (
    <li>
      <code>{name}</code> {points.length > 1 ? `${first} → ${last}` : last}{' '}
      <Sparkline points={some} />{' '}
      {count > 1 ? (
        <span className="lv-Age">{trans.__('%1 values known', formatCount(count))}</span>
      ) : null}
    </li>
  );
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` … (${formatCount(names.length)})` : '';
  return names.slice(0, MOST_NAMES).join(', ') + more;
}
