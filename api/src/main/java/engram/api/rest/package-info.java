/// `/api`: all that the OpenAI shapes have no word for. Its requests are read strictly: an unknown
/// field is refused, because here a misspelled one would silently change what is done. It shares
/// some checks with the OpenAI surface, and none of its shapes.
@NullMarked
package engram.api.rest;

import org.jspecify.annotations.NullMarked;
