/// What all `/v1` endpoints share: errors, lists, cursors, filters, and how a dialogue becomes a
/// question.
///
/// The shapes are those of the OpenAI API; whatever they have no word for stands in fields named
/// `engram`, which strict clients skip. Fields that we do not know are ignored, except those that
/// would change the result: they are refused by name. Nothing here decides who may do what.
@NullMarked
package engram.api.openai;

import org.jspecify.annotations.NullMarked;
