/** A request as its user would write it in another language. The key is never part of it. */
export interface Call {
  path: string;
  body: unknown;
}

export const LANGUAGES = ['curl', 'Java', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

export function snippet(language: Language, origin: string, call: Call): string {
  const body = JSON.stringify(call.body, null, 2);
  switch (language) {
    case 'curl':
      return `curl -s ${shell(origin + call.path)} \\
  -H "Authorization: Bearer $ENGRAM_KEY" -H 'Content-Type: application/json' \\
  -d ${shell(body)}`;
    case 'Java':
      return `var request = HttpRequest.newBuilder(URI.create(${java(origin + call.path)}))
    .header("Authorization", "Bearer " + System.getenv("ENGRAM_KEY"))
    .header("Content-Type", "application/json")
    .POST(HttpRequest.BodyPublishers.ofString(
        ${java(JSON.stringify(call.body))}))
    .build();
String reply = HttpClient.newHttpClient()
    .send(request, HttpResponse.BodyHandlers.ofString())
    .body();`;
    case 'Python':
      return `import json, os, urllib.request

request = urllib.request.Request(
    ${JSON.stringify(origin + call.path)},
    json.dumps(json.loads(${python(JSON.stringify(call.body))})).encode(),
    {"Authorization": "Bearer " + os.environ["ENGRAM_KEY"], "Content-Type": "application/json"},
)
reply = json.load(urllib.request.urlopen(request))`;
  }
}

/** In single quotes, which a shell reads nothing into. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON's escapes are Java's, but for the slash before u, which Java reads before anything else. */
function java(text: string): string {
  return JSON.stringify(text);
}

function python(text: string): string {
  return JSON.stringify(text);
}
