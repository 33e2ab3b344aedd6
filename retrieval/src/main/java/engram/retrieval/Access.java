package engram.retrieval;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What of a tenant's documents a caller may see and touch. It is part of every question, and it is
/// evaluated inside the search, before ranking.
///
/// @param actor who is written down as having done it: an API key's id, or `system`
/// @param readsAll sees documents whatever their readers are
/// @param principals whom the caller acts for, such as `user:ann` or `group:sales`
/// @param collections the only collections that exist for this caller; null for all
/// @param filter the only documents that exist for this caller; null for all
public record Access(
    UUID tenant,
    String actor,
    boolean readsAll,
    Set<String> principals,
    @Nullable Set<String> collections,
    @Nullable Filter filter) {
  /// Printable, without what separates principals in headers and queries.
  private static final Pattern PRINCIPAL = Pattern.compile("[^\\s,\\p{Cntrl}]{1,256}");

  public Access {
    principals = Set.copyOf(principals);
    collections = collections == null ? null : Set.copyOf(collections);
  }

  /// Everything in one tenant: for background work and for keys without limits.
  public static Access all(UUID tenant, String actor) {
    return new Access(tenant, actor, true, Set.of(), null, null);
  }

  /// Sees every file and document of its tenant.
  public boolean isUnrestricted() {
    return readsAll && collections == null && filter == null;
  }

  /// Whether something can be the name of a principal: 1 to 256 characters without blanks and
  /// commas. What can not is no reader either, for nobody would match it.
  public static boolean isPrincipal(String name) {
    return PRINCIPAL.matcher(name).matches();
  }

  public boolean mayUse(String collectionId) {
    return collections == null || collections.contains(collectionId);
  }

  /// The definition of document permission; the compiled Lucene filter is its fast twin.
  ///
  /// @param readers who may read the document; empty for everybody in the tenant
  public boolean mayRead(Set<String> readers, Map<String, Object> attributes) {
    boolean reader =
        readsAll || readers.isEmpty() || readers.stream().anyMatch(principals::contains);
    return reader && (filter == null || filter.matches(attributes));
  }
}
