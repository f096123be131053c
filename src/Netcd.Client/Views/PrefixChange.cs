using Netcd.Client.Watching;

namespace Netcd.Client.Views;

/// <summary>What has changed in a <see cref="PrefixView"/>.</summary>
/// <param name="Snapshot">The view as it is now.</param>
/// <param name="Events">
/// The changes that led to it, with what was before. If the view was rebuilt, one for each key that differs, in the order of the keys;
/// what happened to a key in between is not known then.
/// </param>
/// <param name="IsRebuilt">Whether the view was read anew, as it had fallen behind a compaction.</param>
public sealed record PrefixChange(PrefixSnapshot Snapshot, IReadOnlyList<WatchEvent> Events, bool IsRebuilt);
