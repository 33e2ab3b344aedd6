/// `/mcp`: memory as tools of the Model Context Protocol (streamable HTTP), for agents that speak
/// it. Keys, scopes and limits are those of every other request; the protocol itself is the SDK's.
/// It keeps no session: any replica answers any request.
@NullMarked
package engram.api.mcp;

import org.jspecify.annotations.NullMarked;
