package engram.inference.schedule;

import engram.inference.CacheMethods;

/// Who may share what was computed: requests of one scope whose caches mean the same.
record Sharing(String scope, CacheMethods methods) {}
