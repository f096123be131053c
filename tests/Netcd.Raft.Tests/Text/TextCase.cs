namespace Netcd.Raft.Tests.Text;

/// <summary>One command of a text file: its arguments, its input, and the output expected.</summary>
internal sealed record TextCase(string Command, IReadOnlyList<TextArgument> Arguments, string Input, string Expected, int Line)
{
    /// <summary>The values of a named argument; empty when it is not there.</summary>
    public IReadOnlyList<string> Values(string key) => Arguments.FirstOrDefault(argument => argument.Key == key)?.Values ?? [];

    public string? Value(string key) => Values(key) is [var value, ..] ? value : null;

    /// <summary>The arguments without values, which are node ids mostly.</summary>
    public IEnumerable<string> Plain => Arguments.Where(argument => argument.Values.Count == 0).Select(argument => argument.Key);
}
