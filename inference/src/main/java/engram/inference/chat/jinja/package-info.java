/// The part of the Jinja language that chat templates are written in, and a sandbox around it.
///
/// A template comes with a model, out of the hands of strangers: it can call nothing but what is
/// listed here, cannot change what it is given, and is stopped when it takes too many steps, writes
/// too much or nests too deep. Inheritance, imports and includes are left out: they would read
/// files. Nothing here knows messages or models.
@NullMarked
package engram.inference.chat.jinja;

import org.jspecify.annotations.NullMarked;
