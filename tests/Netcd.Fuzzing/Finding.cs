namespace Netcd.Fuzzing;

/// <summary>An input that a parser did not treat as it promises.</summary>
/// <param name="Target">The parser's target.</param>
/// <param name="Input">The input.</param>
/// <param name="Problem">What happened.</param>
internal sealed record Finding(string Target, byte[] Input, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Target}: {Problem}\ninput: {Convert.ToHexString(Input)}";
}
