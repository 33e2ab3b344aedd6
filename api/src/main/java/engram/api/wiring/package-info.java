/// Spring configuration: settings, and the beans that other rooms ask for. No behaviour of its own.
@NullMarked
package engram.api.wiring;

import org.jspecify.annotations.NullMarked;
