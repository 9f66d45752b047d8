// The data source: queries in, frames out; and the API for the panel of the same app.
import { from, type Observable } from 'rxjs';
import {
  CustomVariableSupport,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  DataSourceApi,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
  type TestDataSourceResponse,
} from '@grafana/data';
import { getBackendSrv, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { LeaklineApi } from '../api/client';
import { type ApiProblem, toProblem } from '../api/problem';
import { t } from '../i18n';
import { ProxyTransport } from './proxy-transport';
import { runQuery, variableValues } from './run-query';
import { DEFAULT_QUERY, type LeaklineQuery, type LeaklineSettings, type VariableQuery } from './types';
import { VariableEditor } from './VariableEditor';

export class LeaklineDataSource extends DataSourceApi<LeaklineQuery, LeaklineSettings> {
  /** For the panel: it asks its data source and knows no address. */
  readonly leakline: LeaklineApi;

  constructor(
    settings: DataSourceInstanceSettings<LeaklineSettings>,
    private readonly templates: Pick<TemplateSrv, 'replace'> = getTemplateSrv(),
  ) {
    super(settings);
    this.leakline = new LeaklineApi(new ProxyTransport(settings.url ?? '', getBackendSrv));
    this.annotations = {};
    this.variables = new LeaklineVariables(this);
  }

  override getDefaultQuery(): Partial<LeaklineQuery> {
    return DEFAULT_QUERY;
  }

  override filterQuery(query: LeaklineQuery): boolean {
    return query.hide !== true && query.queryType !== undefined;
  }

  override interpolateVariablesInQueries(queries: LeaklineQuery[], scoped: ScopedVars): LeaklineQuery[] {
    return queries.map((query) => this.interpolated(query, scoped));
  }

  override async query(request: DataQueryRequest<LeaklineQuery>): Promise<DataQueryResponse> {
    const span = { fromMs: request.range.from.valueOf(), toMs: request.range.to.valueOf() };
    const asked = request.targets.filter((query) => this.filterQuery(query));
    const answers = await Promise.all(
      asked.map(
        async (query): Promise<{ frames: DataFrame[]; problem: ApiProblem | null; refId: string }> => {
          try {
            const frames = await runQuery(this.leakline, this.interpolated(query, request.scopedVars), span);
            return { frames, problem: null, refId: query.refId };
          } catch (error) {
            return { frames: [], problem: toProblem(error), refId: query.refId };
          }
        },
      ),
    );
    return {
      data: answers.flatMap((answer) => answer.frames),
      errors: answers.flatMap(({ problem, refId }) =>
        problem
          ? [{ refId, message: problemText(problem), status: problem.status, data: { error: problem.kind } }]
          : [],
      ),
    };
  }

  override async testDatasource(): Promise<TestDataSourceResponse> {
    try {
      const [targets, version] = await Promise.all([this.leakline.targets(), this.leakline.version()]);
      const up = targets.filter((target) => target.health === 'up').length;
      return {
        status: 'success',
        message: t('source.ok', 'Leakline {{version}} watches {{count}} targets, {{up}} of them up.', {
          version,
          count: targets.length,
          up,
        }),
      };
    } catch (error) {
      return { status: 'error', message: problemText(toProblem(error)) };
    }
  }

  private interpolated(query: LeaklineQuery, scoped: ScopedVars): LeaklineQuery {
    const fill = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : this.templates.replace(text, scoped);
    return {
      ...query,
      target: fill(query.target),
      capture: fill(query.capture),
      base: fill(query.base),
      filter: fill(query.filter),
      sample: fill(query.sample),
    };
  }
}

/** What is wrong and how to mend it, in one line. */
export function problemText(problem: ApiProblem): string {
  switch (problem.kind) {
    case 'unreachable':
      return t(
        'source.unreachable',
        'No exporter answers. See that leakline serve runs and that Grafana’s server reaches the URL.',
      );
    case 'unauthorised':
      return t(
        'source.unauthorised',
        'The exporter refuses the credentials. Set user and password or token as its web configuration has them.',
      );
    case 'old_version':
      return t(
        'source.oldVersion',
        'What answers at the URL does not know this request: another server, or an exporter older than this plugin.',
      );
    case 'not_found':
    case 'refused':
      return problem.message;
  }
}

class LeaklineVariables extends CustomVariableSupport<LeaklineDataSource, VariableQuery> {
  override editor = VariableEditor;

  constructor(private readonly source: LeaklineDataSource) {
    super();
  }

  override query(request: DataQueryRequest<VariableQuery>): Observable<{ data: MetricFindValue[] }> {
    const span = { fromMs: request.range.from.valueOf(), toMs: request.range.to.valueOf() };
    const query = request.targets[0];
    const target = getTemplateSrv().replace(query?.target ?? '', request.scopedVars);
    return from(
      variableValues(this.source.leakline, query?.kind ?? 'targets', target, span).then((data) => ({ data })),
    );
  }
}
