// `leakline report`: an incident written up, by a running exporter or from its folder on disk.

import { Command, Option } from 'commander';
import { resolve } from 'node:path';
import { LeaklineError, UsageError } from '../errors.js';
import { REPORT_FORMATS, reportFormatOf, type ReportFormat } from '../report/model.js';
import { visible } from '../report/safe-text.js';
import type { ApiIncident, Page } from '../server/api.js';
import { createTargetHttp } from '../target-http/client.js';
import type { TargetHttp } from '../target-http/types.js';
import { formatTime } from '../format.js';

interface ReportOptions {
  url: string;
  report?: string;
  format?: ReportFormat;
  stateDir?: string;
  username?: string;
  passwordFile?: string;
  caFile?: string;
}

/** Writing a PDF takes seconds, and analyses may wait for others. */
const REPORT_LIMITS = { timeoutMs: 120_000, maxBytes: 256 * 2 ** 20 };
const LIST_LIMITS = { timeoutMs: 15_000, maxBytes: 64 * 2 ** 20 };
const LISTED = 20;

export function reportCommand(): Command {
  return new Command('report')
    .description('write an incident up as Markdown, HTML or PDF; without an incident, list them')
    .argument('[incident]', 'id of an incident, or the name of a target for its newest one')
    .option('--url <url>', 'a running exporter', 'http://127.0.0.1:9464')
    .option('-r, --report <file>', 'file to write: .md, .html or .pdf (default: Markdown on standard output)')
    .addOption(new Option('--format <format>', 'form on standard output').choices(REPORT_FORMATS))
    .option('--state-dir <dir>', 'read the folder of an exporter that does not run, instead of asking one')
    .option('--username <name>', 'basic auth of the exporter')
    .option('--password-file <file>', 'holds the password of the user')
    .option('--ca-file <file>', 'certificates that sign the exporter’s, where the system does not know them')
    .addHelpText(
      'after',
      `
Examples:
  leakline report                                   list the incidents
  leakline report orders --report orders.pdf        the newest incident of the target "orders"
  leakline report 7f81b2c9d0e1a2b3 >> "$GITHUB_STEP_SUMMARY"
  leakline report orders --url https://shop-7:9464 --username me --password-file pw --ca-file ca.pem`,
    )
    .action(report);
}

async function report(word: string | undefined, options: ReportOptions): Promise<void> {
  const format = formatOf(options);
  const source = options.stateDir === undefined ? fromExporter(options) : await fromFiles(options.stateDir);
  try {
    if (word === undefined) {
      process.stdout.write(listOf(await source.newest()));
      return;
    }
    const incident = await source.find(word);
    const body = await source.write(incident, format);
    if (options.report === undefined) process.stdout.write(body);
    else {
      const { writeWhole } = await import('../report/write.js');
      await writeWhole(resolve(options.report), body);
      process.stderr.write(`${options.report}: incident ${incident.id} of ${incident.target}\n`);
    }
  } finally {
    source.close();
  }
}

function formatOf({ report: file, format }: ReportOptions): ReportFormat {
  const named = file === undefined ? undefined : reportFormatOf(file);
  if (named !== undefined && format !== undefined && named !== format)
    throw new UsageError(
      'report_format',
      `--format ${format} and the name ${file} do not agree; leave one out`,
    );
  return named ?? format ?? 'md';
}

interface IncidentSource {
  /** Newest first. */
  newest(): Promise<ApiIncident[]>;
  find(word: string): Promise<ApiIncident>;
  write(incident: ApiIncident, format: ReportFormat): Promise<Buffer>;
  close(): void;
}

function fromExporter({ url, username, passwordFile, caFile }: ReportOptions): IncidentSource {
  if ((username === undefined) !== (passwordFile === undefined))
    throw new UsageError('report_auth', '--username and --password-file go together');
  const http = createTargetHttp(url, {
    ...(username !== undefined && passwordFile !== undefined && { basicAuth: { username, passwordFile } }),
    ...(caFile !== undefined && { tls: { caFile, insecureSkipVerify: false } }),
  });
  const list = async (query: string) =>
    (
      JSON.parse(
        (await ask(http, `api/v1/incidents?${query}`, LIST_LIMITS)).toString('utf8'),
      ) as Page<ApiIncident>
    ).items;
  return {
    newest: () => list(`limit=${LISTED}`),
    async find(word) {
      const [newest] = await list(`limit=1&target=${encodeURIComponent(word)}`);
      if (newest) return newest;
      const path = `api/v1/incidents/${encodeURIComponent(word)}`;
      return JSON.parse((await ask(http, path, LIST_LIMITS, word)).toString('utf8')) as ApiIncident;
    },
    write: ({ id }, format) => ask(http, `api/v1/incidents/${id}/report?format=${format}`, REPORT_LIMITS),
    close: () => http.close(),
  };
}

async function ask(
  http: TargetHttp,
  path: string,
  limits: { timeoutMs: number; maxBytes: number },
  word?: string,
): Promise<Buffer> {
  const { status, body } = await http.get(path, limits);
  if (status === 200) return body;
  if (status === 401)
    throw new LeaklineError(
      'exporter_denies',
      `${http.baseUrl} asks for a user: --username, --password-file`,
    );
  if (status === 404 && word !== undefined) throw unknownIncident(word);
  throw new LeaklineError('exporter_answers', `${http.baseUrl}${path} answers ${status}${problemOf(body)}`);
}

/** What the exporter says of the error. */
function problemOf(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? `: ${error.message.slice(0, 500)}` : '';
  } catch {
    return ': is it an exporter of Leakline?';
  }
}

async function fromFiles(dir: string): Promise<IncidentSource> {
  // The engine of profiles is only needed here, and takes a while to load.
  const [{ runHere }, { incidentReport }, { captureIds }, { openIncidentFiles }, { renderReport }] =
    await Promise.all([
      import('../profile/analyses.js'),
      import('../report/incident.js'),
      import('../report/incident-captures.js'),
      import('../report/incident-files.js'),
      import('../report/index.js'),
    ]);
  const files = await openIncidentFiles(resolve(dir));
  return {
    newest: async () => (await files.incidents()).slice(0, LISTED),
    async find(word) {
      const all = await files.incidents();
      const found = all.find(({ id }) => id === word) ?? all.find(({ target }) => target === word);
      if (!found) throw unknownIncident(word);
      return found;
    },
    async write(incident, format) {
      const model = await incidentReport({
        incident,
        captures: await files.captures(captureIds(incident)),
        profile: (id, kind) => files.profile(id, kind),
        run: runHere,
        place: { stateDir: resolve(dir), heapFile: (id) => files.fileOf(id, 'heap') },
        sourceRoots: [process.cwd()],
        trimPath: '',
        nowMs: Date.now(),
      });
      return Buffer.from(await renderReport(model, format));
    },
    close: () => undefined,
  };
}

function unknownIncident(word: string): LeaklineError {
  return new LeaklineError(
    'incident_unknown',
    `there is no incident and no target with incidents named ${JSON.stringify(word.slice(0, 80))}; "leakline report" lists them`,
  );
}

function listOf(incidents: readonly ApiIncident[]): string {
  if (incidents.length === 0) return 'No incidents.\n';
  const rows = incidents.map(({ id, target, state, openedAt, blamed }) => [
    id,
    target,
    state === 'ended_by_exit' ? 'ended' : state,
    formatTime(Date.parse(openedAt)),
    blamed?.function ?? '-',
  ]);
  const table = [['INCIDENT', 'TARGET', 'STATE', 'OPENED', 'FUNCTION'], ...rows].map((row) =>
    row.map((cell) => visible(cell)),
  );
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
