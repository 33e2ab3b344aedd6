import type { paths } from '@schema';

// Calls of the server, typed by docs/openapi.yaml: a path or field that is not there does not compile.

/** The contract marks nothing as required, though every reply has every field (some are null). */
export type Full<T> = T extends (infer E)[]
  ? Full<E>[]
  : T extends object
    ? { [K in keyof T]-?: Full<NonNullable<T[K]>> }
    : T;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type With<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : never;
type Reply<O> = O extends { responses: infer R } ? Full<Json<R[keyof R & (200 | 201 | 202)]>> : never;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;

export interface Options<B> {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | readonly string[] | undefined | null>;
  body?: B;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null,
  ) {
    super(detail);
  }
}

let csrfToken = '';
let signedOut: () => void = () => {};

/** Sent with everything that changes something; lives in memory only. */
export function setCsrf(token: string | null) {
  csrfToken = token ?? '';
}

/** Told when a session turns out to be over. */
export function onSignedOut(listener: () => void) {
  signedOut = listener;
}

export function address(path: string, options: Pick<Options<unknown>, 'path' | 'query'> = {}): string {
  let result = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(options.path?.[name] ?? '')));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) value.forEach((one) => query.append(name, one));
    else query.append(name, String(value));
  }
  const text = query.toString();
  if (text) result += '?' + text;
  return result;
}

export async function send(method: string, path: string, options: Options<unknown> = {}): Promise<Response> {
  const headers: Record<string, string> = { ...options.headers };
  if (method !== 'GET') headers['Engram-CSRF-Token'] = csrfToken;
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(address(path, options), { method, headers, body, signal: options.signal ?? null, credentials: 'same-origin' });
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new Problem(0, 'unreachable', 'The server cannot be reached.', null);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<Problem> {
  if (response.status === 401) signedOut();
  const text = await response.text().catch(() => '');
  return problemOf(response.status, text, response.headers.get('X-Request-Id'));
}

/** Reads both error shapes: ours (RFC 9457) and OpenAI's. */
export function problemOf(status: number, text: string, requestId: string | null): Problem {
  try {
    const body = JSON.parse(text) as { detail?: string; code?: string; requestId?: string; error?: { message?: string; code?: string } };
    return new Problem(
      status,
      body.code ?? body.error?.code ?? 'error',
      body.detail ?? body.error?.message ?? `Status ${status}`,
      body.requestId ?? requestId,
    );
  } catch {
    return new Problem(status, 'error', `The server answered with status ${status}.`, requestId);
  }
}

function caller<M extends Method>(method: M) {
  return async <P extends With<M>>(path: P, options: Options<Body<Operation<P, M>>> = {}): Promise<Reply<Operation<P, M>>> => {
    const response = await send(method.toUpperCase(), path, options as Options<unknown>);
    const text = await response.text();
    return (text ? JSON.parse(text) : {}) as Reply<Operation<P, M>>;
  };
}

export const get = caller('get');
export const post = caller('post');
export const patch = caller('patch');
export const put = caller('put');
export const del = caller('delete');

export interface UploadProgress {
  onProgress(sentBytes: number): void;
  signal: AbortSignal;
}

/** `fetch` cannot tell how much of a body has gone out; this can. */
export function upload<T>(method: string, url: string, body: Blob, type: string, { onProgress, signal }: UploadProgress): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader('Engram-CSRF-Token', csrfToken);
    request.setRequestHeader('Content-Type', type);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else {
        if (request.status === 401) signedOut();
        reject(problemOf(request.status, request.responseText, request.getResponseHeader('X-Request-Id')));
      }
    };
    request.onerror = () => reject(new Problem(0, 'unreachable', 'The server cannot be reached.', null));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}
