using Netcd.Engine.Text;

namespace Netcd.Server.Upkeep;

/// <summary>A compaction whose sum was compared, in a line of the log; one of the names etcd writes as no other.</summary>
/// <param name="Revision">The revision compacted to.</param>
/// <param name="CompactRevision">The one compacted to before.</param>
internal readonly record struct CheckedCompaction(long Revision, long CompactRevision) : ILogFields
{
    private static readonly string[] Written = ["revision", "compactRevision"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => Written;

    /// <inheritdoc/>
    public IReadOnlyList<object?> Values => [Revision, CompactRevision];
}
