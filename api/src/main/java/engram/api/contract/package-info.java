/// The description of the API that is served at `/openapi` and checked in as `docs/openapi.yaml`:
/// what springdoc finds in the controllers, and what it cannot see. It decides nothing.
@NullMarked
package engram.api.contract;

import org.jspecify.annotations.NullMarked;
