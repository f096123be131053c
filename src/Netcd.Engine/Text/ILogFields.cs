namespace Netcd.Engine.Text;

/// <summary>Values that stand in a line of the log under names that no parameter can have, or that are too many for one each.</summary>
public interface ILogFields
{
    /// <summary>The names as they are written; the same for all lines.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The value of each name, at its place.</summary>
    IReadOnlyList<object?> Values { get; }
}
