using Netcd.Engine.Text;
using Netcd.Engine.Upkeep;

namespace Netcd.Server.Upkeep;

/// <summary>The leader's own sum before and after the others were asked, under names that no parameter can have.</summary>
/// <param name="Before">The one from before.</param>
/// <param name="After">The one from after, over the same history.</param>
internal sealed record ChangedHash(MemberHash Before, MemberHash After) : ILogFields
{
    private static readonly string[] Written =
        ["revision-1", "compact-revision-1", "hash-1", "revision-2", "compact-revision-2", "hash-2"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => Written;

    /// <inheritdoc/>
    public IReadOnlyList<object?> Values =>
        [Before.StoreRevision, Before.CompactRevision, Before.Hash, After.StoreRevision, After.CompactRevision, After.Hash];
}
