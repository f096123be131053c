namespace Netcd.Raft.Tests.Text;

/// <summary>An argument of a command: <c>key</c>, <c>key=value</c> or <c>key=(value, value)</c>.</summary>
internal sealed record TextArgument(string Key, IReadOnlyList<string> Values);
