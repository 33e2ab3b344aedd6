/// Model files: fetched from a model hub, kept in a folder.
///
/// [Models] is what callers use: pull, list, show, remove. The hub's file protocol is spoken over
/// java.net.http; what it answers is not trusted (sizes, names, redirects and content are checked).
/// What the files mean is not known here.
@NullMarked
package engram.inference.hub;

import org.jspecify.annotations.NullMarked;
