/// The service itself: HTTP in the shapes of OpenAI (`/v1`) and our own (`/api`), security, the
/// workers that run every room's steps, and the wiring of models. It decides who, when and how
/// often; what is done lies in the rooms below.
@NullMarked
package engram.api;

import org.jspecify.annotations.NullMarked;
