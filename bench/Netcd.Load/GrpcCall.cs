namespace Netcd.Load;

/// <summary>What to send where, and which answer proves that it was done.</summary>
/// <param name="Method">The path of the method.</param>
/// <param name="Frame">The framed request.</param>
/// <param name="Answered">Whether the answer (a frame) holds what was asked for.</param>
internal readonly record struct GrpcCall(string Method, byte[] Frame, Func<byte[], bool> Answered);
