// The Leakline data source among the queries of a panel, and what the person may do with it.
import type { DataQueryRequest, DataSourceApi } from '@grafana/data';
import { config, getDataSourceSrv } from '@grafana/runtime';
import { LeaklineApi, type Transport } from '../../api/client';

const SOURCE_TYPE = 'leakline-memory-datasource';

interface LeaklineSource {
  leakline: { transport: Transport };
}

/** The class of the data source lives in another bundle: it is known by what it offers. */
function isLeaklineSource(
  source: DataSourceApi | (DataSourceApi & LeaklineSource),
): source is DataSourceApi & LeaklineSource {
  return source.type === SOURCE_TYPE && 'leakline' in source;
}

/** Name or uid of the panel's Leakline data source; null where no query has one. */
export function leaklineUid(request: DataQueryRequest | undefined): string | null {
  const query = request?.targets.find((target) => target.datasource?.type === SOURCE_TYPE);
  return query?.datasource?.uid ?? null;
}

export async function leaklineApi(uid: string): Promise<LeaklineApi | null> {
  const source: DataSourceApi = await getDataSourceSrv().get({ uid, type: SOURCE_TYPE });
  return isLeaklineSource(source) ? new LeaklineApi(source.leakline.transport) : null;
}

export function mayCapture(): boolean {
  const { orgRole, isGrafanaAdmin } = config.bootData.user;
  return isGrafanaAdmin || orgRole === 'Editor' || orgRole === 'Admin';
}
