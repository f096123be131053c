namespace Netcd.Storage.Bolt;

/// <summary>What a walk over all pages of a committed state found.</summary>
public sealed record BoltCheckReport
{
    /// <summary>What contradicts the format, in words; empty for a sound file. At most 100 are listed.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Whether the free pages of this state were known, so that leaks and wrongly freed pages were looked for.</summary>
    public required bool FreePagesChecked { get; init; }

    /// <summary>Branch pages, overflow pages not counted.</summary>
    public required long BranchPages { get; init; }

    /// <summary>Leaf pages, overflow pages not counted.</summary>
    public required long LeafPages { get; init; }

    /// <summary>Free pages; 0 where they are not known.</summary>
    public required long FreePages { get; init; }

    /// <summary>Buckets of any level, the one that holds those of the top level included.</summary>
    public required long Buckets { get; init; }

    /// <summary>Keys in all buckets, the names of buckets not counted.</summary>
    public required long Keys { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsClean => Problems.Count == 0;

    /// <inheritdoc/>
    public override string ToString() => IsClean ? $"sound: {Keys} keys" : string.Join(Environment.NewLine, Problems);
}
