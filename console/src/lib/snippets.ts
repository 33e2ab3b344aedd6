/** A request as its user would write it in another language. The key is never part of it. */
export interface Call {
  path: string;
  body: unknown;
}

export const LANGUAGES = ['curl', 'Java', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

export function snippet(language: Language, origin: string, call: Call): string {
  const url = origin + call.path;
  const body = JSON.stringify(call.body, null, 2);
  switch (language) {
    case 'curl':
      return `curl -s ${shell(url)} \\
  -H "Authorization: Bearer $ENGRAM_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${shell(body)}`;
    case 'Java':
      return `import java.net.URI;
import java.net.http.*;

String body = ${textBlock(body)};
var request = HttpRequest.newBuilder(URI.create(${JSON.stringify(url)}))
    .header("Authorization", "Bearer " + System.getenv("ENGRAM_KEY"))
    .header("Content-Type", "application/json")
    .POST(HttpRequest.BodyPublishers.ofString(body))
    .build();
String reply = HttpClient.newHttpClient()
    .send(request, HttpResponse.BodyHandlers.ofString())
    .body();`;
    case 'Python':
      return `import json, os, urllib.request

body = ${python(call.body)}
request = urllib.request.Request(
    ${JSON.stringify(url)},
    json.dumps(body).encode(),
    {
        "Authorization": "Bearer " + os.environ["ENGRAM_KEY"],
        "Content-Type": "application/json",
    },
)
with urllib.request.urlopen(request) as reply:
    print(json.dumps(json.load(reply), indent=2))`;
  }
}

/** In single quotes, which a shell reads nothing into. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON never has three quotes in a row: those within its texts have a backslash before them. */
function textBlock(json: string): string {
  const lines = json.replaceAll('\\', '\\\\').split('\n');
  return `"""\n${lines.map((line) => `    ${line}`).join('\n')}"""`;
}

/** JSON's escapes are Python's. */
function python(value: unknown, indent = ''): string {
  const deeper = `${indent}    `;
  const block = (open: string, parts: string[], close: string) => (parts.length === 0 ? open + close : `${open}\n${parts.map((part) => `${deeper}${part},\n`).join('')}${indent}${close}`);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return block('[', value.map((one) => python(one, deeper)), ']');
  if (typeof value === 'object') {
    const given = Object.entries(value).filter(([, one]) => one !== undefined);
    return block('{', given.map(([name, one]) => `${JSON.stringify(name)}: ${python(one, deeper)}`), '}');
  }
  return JSON.stringify(value);
}
