// What tests compare byte for byte: the exact text of a field in Redis, and job data that JSON.parse or JSON.stringify
// would change on the way through a request.

// Stored bytes as an answer: `raw` when they are UTF-8, else `rawBase64`, else neither (there is no such field).
export function stored(bytes, name = 'raw') {
  if (bytes === null || bytes === undefined) return {};
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { [name]: text } : { [`${name}Base64`]: bytes.toString('base64') };
}

// The data to give to BullMQ: `dataText` is JSON text that is parsed here (so that a lone "\ud800" becomes a real
// JavaScript string), `dataBytes` makes a payload of about that many bytes, `data` is the value itself.
export function payload({ data, dataText, dataBytes }) {
  if (dataText !== undefined) return JSON.parse(dataText);
  if (dataBytes !== undefined) return { note: 'x'.repeat(Math.max(0, dataBytes - 11)) };
  return data ?? {};
}

// Exact bytes for the `data` field: `rawData` (text) or `rawDataBase64`; undefined when the request has neither.
export function exactData({ rawData, rawDataBase64 }) {
  if (rawData !== undefined) return Buffer.from(rawData, 'utf8');
  if (rawDataBase64 !== undefined) return Buffer.from(rawDataBase64, 'base64');
  return undefined;
}

export async function overwriteData({ client, key }, jobId, request) {
  const bytes = exactData(request);
  if (bytes !== undefined) await client.hset(key(jobId), 'data', bytes);
}

// The value at an RFC 6901 pointer; undefined where there is none.
export function at(document, pointer) {
  const steps = pointer.split('/').slice(1).map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce((value, step) => (value !== null && typeof value === 'object' && Object.hasOwn(value, step) ? value[step] : undefined), document);
}

// Whether a job's data is one that its worker fails: {"always":true}, {"pointer":"/to","missing":true},
// {"pointer":"/to","equals":…} or {"pointer":"/to","notType":"string"} (a JavaScript `typeof`).
export function isFaulty(data, rule) {
  if (!rule) return false;
  if (rule.always) return true;
  const value = at(data, rule.pointer);
  if (rule.missing) return value === undefined;
  if ('notType' in rule) return typeof value !== rule.notType;
  return JSON.stringify(value) === JSON.stringify(rule.equals);
}
